% Lengths and areas in pixels. Users give them in metres or pixels, boxes are measured in pixels.

%!  pixels(+D:distance, -Pixels:number) is semidet.
%
%   The length D in pixels: a number is metres and fails where the image's ground sampling distance is unknown; px(N) is
%   N pixels.
%
%   Example: `retrieve :- object(A, ship), long_side(A, L), pixels(30, P), L > P.`
pixels(px(N), N).
pixels(M, Pixels) :- number(M), gsd(S), Pixels is M / S.

%!  square_pixels(+S:area, -Pixels:number) is semidet.
%
%   The area S in square pixels: a number is square metres and fails where the image's ground sampling distance is
%   unknown; px(N) is N square pixels.
%
%   Example: `retrieve :- object(A, ship), area(A, S), square_pixels(400, P), S > P.`
square_pixels(px(N), N).
square_pixels(M, Pixels) :- number(M), gsd(S), Pixels is M / (S * S).
