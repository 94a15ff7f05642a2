from __future__ import annotations

import math

import pytest

import rune_pl
from rune_pl.errors import (
    ArchiveNotFoundError,
    EvidenceError,
    RuleSyntaxError,
    TranslationError,
    UnknownClassError,
    UnknownImageError,
    UsageError,
)
from rune_pl.inference import Budget, Marginal
from rune_pl.inference.auto import NativeEngine
from tests.retrieval.archives import NEAR, NEAR_BY_HAND, PORT, box, write_archive

SHIP = "retrieve :- object(A, ship)."


def probabilities(results):
    return {h.image: h.probability for h in results}


def test_a_query_by_hand(port):
    results = port.query(rule=NEAR, top=0)
    assert probabilities(results) == pytest.approx(NEAR_BY_HAND)
    assert [h.image for h in results] == ["P1", "P2", "P3", "P4", "P5"]
    assert (results.examined, results.unanswered, results.translator) == (5, 0, None)
    assert results.rule == "retrieve :- object(A, ship), object(B, harbor), near(A, B)."
    assert results[0].expected_matches == pytest.approx(0.8 * 0.9 + 0.5 * 0.9)
    assert [str(b) for b in results[0].best] == ["A = d1 (ship 0.80)", "B = d2 (harbor 0.90)"]
    assert results[0].log_odds == pytest.approx(math.log(0.81 / 0.19))


def test_english_is_the_same_as_its_rule(port):
    results = port.query("a ship near a harbor", top=0)
    assert probabilities(results) == pytest.approx(NEAR_BY_HAND)
    assert results.translator == "controlled-english"
    assert "ship" in results.reading


@pytest.mark.parametrize("engine", ["auto", "native", "problog"])
def test_every_engine_gives_the_same(port, engine):
    assert probabilities(port.query(rule=NEAR, top=0, engine=engine)) == pytest.approx(NEAR_BY_HAND)


def test_an_engine_may_be_given(port):
    assert port.query(rule=NEAR, engine=NativeEngine())[0].probability == pytest.approx(0.81)


def test_top_and_min_probability(port):
    assert len(port.query(rule=NEAR)) == 5
    assert [h.image for h in port.query(rule=NEAR, top=1)] == ["P1"]
    results = port.query(rule=NEAR, min_probability=0.1)
    assert [h.image for h in results] == ["P1", "P2"]
    assert (results.examined, results.total) == (2, 5)  # the others have no ship near a harbor


def test_only_some_images_in_the_order_asked(port):
    results = port.query(rule="retrieve :- object(A, airport).", images=["P3", "P1", "P3"])
    assert [h.image for h in results] == ["P3", "P1"]  # all are 0: ties stay in the order given
    assert results.examined == 2
    assert [h.image for h in port.query(rule=SHIP, images="P2")] == ["P2"]
    assert len(port.query(rule=SHIP, images=[])) == 0


def test_an_unknown_image_gets_a_suggestion(port):
    with pytest.raises(UnknownImageError, match=r"there is no image 'P11' \(did you mean 'P1'\?\)"):
        port.query(rule=SHIP, images=["P1", "P11"])


def test_progress_counts_every_image(port):
    seen = []
    port.query(rule=NEAR, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(2, 5), (5, 5)]  # first those that may have some
    seen.clear()
    port.query(rule=NEAR, images=["P2", "P4"], progress=lambda done, total: seen.append((done, total)))
    assert seen == [(1, 2), (2, 2)]


def test_archives_larger_than_a_chunk(port, monkeypatch):
    whole = port.query(rule=NEAR, top=0, confirm=["P2/d2"], reject=["P1/d2"])
    monkeypatch.setattr("rune_pl.retrieval.selection._CHUNK_IMAGES", 2)
    pieces = port.query(rule=NEAR, top=0, confirm=["P2/d2"], reject=["P1/d2"])
    assert probabilities(pieces) == probabilities(whole)
    assert [h.image for h in pieces] == ["P2", "P1", "P3", "P4", "P5"]


# --- evidence ---------------------------------------------------------------------------------------------------------


def test_confirmed_and_rejected_detections(port):
    assert port.query(rule=NEAR, images=["P1"], confirm=["d1"])[0].probability == pytest.approx(0.9)
    assert port.query(rule=NEAR, images=["P1"], reject=["d2"])[0].probability == 0.0
    both = port.query(rule=NEAR, top=0, confirm=["P2/d2=harbor"], reject=["P1/d1", "P1/d3"])
    assert probabilities(both) == pytest.approx({"P2": 0.7, "P1": 0.0, "P3": 0.0, "P4": 0.0, "P5": 0.0})
    assert port.query(rule=NEAR, images="P1", confirm="d1")[0].probability == pytest.approx(0.9)


@pytest.mark.parametrize("engine", ["native", "problog"])
def test_evidence_is_the_same_in_every_engine(port, engine):
    found = port.query(rule=NEAR, images=["P1"], confirm=["d3"], reject=["d1"], engine=engine)
    assert found[0].probability == pytest.approx(0.9)
    assert found[0].expected_matches == pytest.approx(0.9)
    assert [str(b) for b in found[0].best] == ["A = d3 (ship 1.00)", "B = d2 (harbor 0.90)"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"confirm": ["d1"]}, "'d1' does not say in which image (write IMAGE/d1, or choose one with --image)"),
        ({"confirm": ["d1"], "images": ["P1", "P2"]}, "'d1' does not say in which image"),
        ({"confirm": ["P1/7"]}, "'P1/7' is not a detection"),
        ({"reject": ["P1/d0"]}, "'P1/d0' is not a detection"),
        ({"reject": ["P1/d1=Ship"]}, "'P1/d1=Ship' is not a detection"),
        ({"reject": [""]}, "'' is not a detection"),
        ({"confirm": ["P1/d9"]}, "P1/d9: the image has 5 detections and none is d9"),
        ({"confirm": ["P1/d1=submarine"]}, "P1/d1=submarine: the archive has no class 'submarine'"),
        ({"confirm": ["P1/d1=harbor"]}, "P1/d1=harbor cannot be confirmed: its probability is 0"),
        ({"reject": ["P5/d1"]}, "P5/d1 cannot be rejected: its probability is 1"),
        ({"confirm": ["P1/d1"], "reject": ["P1/d1"]}, "P1/d1 cannot be rejected: its probability is 1"),
        ({"confirm": ["P2/d1"], "images": ["P1"]}, "evidence on image 'P2', which is not looked at (see --image)"),
    ],
)
def test_wrong_evidence_is_refused_before_any_work(port, options, message):
    seen = []
    with pytest.raises(EvidenceError) as caught:
        port.query(rule=NEAR, progress=lambda done, total: seen.append(done), **options)
    assert message in str(caught.value)
    assert seen == []


def test_wrong_evidence_in_a_later_chunk_is_refused_at_once(port, monkeypatch):
    monkeypatch.setattr("rune_pl.retrieval.selection._CHUNK_IMAGES", 1)
    seen = []
    with pytest.raises(EvidenceError):
        port.query(rule=NEAR, reject=["P5/d1"], progress=lambda done, total: seen.append(done))
    assert seen == []


def test_evidence_on_an_unknown_image_gets_a_suggestion(port):
    with pytest.raises(UnknownImageError, match="did you mean 'P1'"):
        port.query(rule=NEAR, confirm=["P1x/d1"])


def test_an_image_id_may_have_slashes(tmp_path):
    archive = rune_pl.open_archive(write_archive(tmp_path / "A", {"a/d1/b": [("ship", 0.5, box(0))]}))
    assert archive.query(rule=SHIP, confirm=["a/d1/b/d1"])[0].probability == 1.0


# --- metres -----------------------------------------------------------------------------------------------------------

METRES = "retrieve :- object(A, ship), object(B, harbor), near(A, B, 8)."


@pytest.fixture(scope="module")
def metric(tmp_path_factory):
    """One image of 2 m/px and one of unknown ground sampling distance; the gap is 10 pixels in both."""
    items = [("ship", 0.5, box(0)), ("harbor", 1.0, box(30)), ("ship", 0.25, box(100, width=60))]
    path = write_archive(
        tmp_path_factory.mktemp("metric") / "A", {"known": items, "unknown": items}, records={"known": {"gsd": 2.0}}
    )
    return rune_pl.open_archive(path)


@pytest.mark.parametrize("engine", ["native", "problog"])
def test_metres_are_not_guessed(metric, engine):
    known, unknown = metric.query(rule=METRES, engine=engine)
    assert (known.image, known.probability) == ("known", 0.0)  # 20 m
    assert (unknown.image, unknown.probability, unknown.method) == ("unknown", None, "undecidable")
    assert unknown.interval == (0.0, 1.0)
    assert "ground sampling distance" in unknown.reason
    assert (unknown.expected_matches, unknown.best, unknown.log_odds) == (None, (), None)
    assert metric.query(rule=METRES, engine=engine).unanswered == 1


@pytest.mark.parametrize("engine", ["native", "problog"])
def test_a_ground_sampling_distance_is_for_images_that_lack_one(metric, engine):
    results = metric.query(rule=METRES, gsd=0.5, engine=engine)
    assert probabilities(results) == {"known": 0.0, "unknown": pytest.approx(0.5)}
    assert results.unanswered == 0


def test_sizes_are_compared_in_the_metres_that_are_given(metric):
    """Two small ships and two large ones: half of the ships are large, whatever the images know."""
    rule = "retrieve :- object(A, ship), large(A)."
    assert probabilities(metric.query(rule=rule)) == {"known": pytest.approx(0.25), "unknown": pytest.approx(0.25)}
    assert probabilities(metric.query(rule=rule, gsd=2.0)) == {
        "known": pytest.approx(0.25),
        "unknown": pytest.approx(0.25),
    }
    # At 0.1 m/px every ship of the second image is smaller than those of the first.
    assert probabilities(metric.query(rule=rule, gsd=0.1)) == {"known": pytest.approx(0.25), "unknown": 0.0}


def test_images_without_an_answer_do_not_depend_on_min_probability_or_top(metric):
    results = metric.query(rule=METRES, top=1)
    assert ([h.image for h in results], results.unanswered) == (["known"], 1)
    assert [h.image for h in metric.query(rule=METRES, min_probability=0.9)] == ["unknown"]


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"top": -1}, "top is -1 (0 means all images)"),
        ({"min_probability": 1.5}, "min_probability is 1.5"),
        ({"min_probability": math.nan}, "min_probability is nan"),
        ({"gsd": 0.0}, "a ground sampling distance of 0.0 m/px"),
        ({"gsd": math.nan}, "a ground sampling distance of nan m/px"),
        ({"gsd": math.inf}, "a ground sampling distance of inf m/px"),
        ({"engine": "magic"}, "no engine is called 'magic' (one of auto, native, problog)"),
        ({"budget": Budget(seconds=0.0)}, "a budget of 0.0 seconds"),
        ({"budget": Budget(seconds=math.nan)}, "a budget of nan seconds"),
        ({"budget": Budget(seconds=math.inf)}, "a budget of inf seconds (more than 0, at most a week)"),
        ({"budget": Budget(memory_mb=1)}, "a budget of 1 MB (from 256 to"),
        ({"budget": Budget(memory_mb=10**18)}, "MB (from 256 to"),
    ],
)
def test_options_out_of_range(port, options, message):
    with pytest.raises(UsageError) as caught:
        port.query(rule=SHIP, **options)
    assert message in str(caught.value)


def test_a_question_or_a_rule(port):
    for arguments in ({}, {"text": "a ship", "rule": SHIP}):
        with pytest.raises(UsageError, match="either a question in English or a rule"):
            port.query(**arguments)


def test_what_is_not_understood(port, tmp_path):
    with pytest.raises(TranslationError):
        port.query("a ship near near a harbor")
    with pytest.raises(RuleSyntaxError):
        port.query(rule="retrieve :- object(A, ship")
    with pytest.raises(UnknownClassError, match="did you mean ship"):
        port.query(rule="retrieve :- object(A, shipp).")
    with pytest.raises(ArchiveNotFoundError):
        rune_pl.open_archive(tmp_path / "none")


# --- what is the user's own -------------------------------------------------------------------------------------------


def test_a_class_of_the_archive_needs_no_ontology(tmp_path):
    archive = rune_pl.open_archive(write_archive(tmp_path / "A", {"P": [("solar_panel", 0.5, box(0))]}))
    assert archive.classes == ("solar_panel",)
    assert archive.query(rule="retrieve :- object(A, solar_panel).")[0].probability == 0.5


def test_relations_and_synonyms_of_the_users_own(port_path, tmp_path):
    library = tmp_path / "mine.pl"
    library.write_text(
        "%!  moored(+A:object, +B:object) is semidet.\n%\n%   A is within 12 pixels of B.\n%\n"
        "%   Example: `retrieve :- object(A, ship), object(B, harbor), moored(A, B).`\n"
        "moored(A, B) :- near(A, B, px(12)).\n"
    )
    ontology = tmp_path / "mine.yaml"
    ontology.write_text("extends: dota\nclasses:\n  ship: {synonyms: [dinghy]}\n")
    for extra in ([library], str(library), library):
        archive = rune_pl.open_archive(port_path, library=extra, ontology=ontology)
        rule = "retrieve :- object(A, dinghy), object(B, harbor), moored(A, B)."
        for engine in ("native", "problog"):
            assert probabilities(archive.query(rule=rule, top=0, engine=engine)) == pytest.approx(NEAR_BY_HAND)
    assert archive.query("a dinghy near a harbor")[0].probability == pytest.approx(0.81)


def test_a_prepared_question_can_be_run_again(port):
    prepared = port.prepare(rule=NEAR)
    assert prepared.rule == NEAR
    assert port.run(prepared)[0].probability == pytest.approx(0.81)
    assert port.run(prepared, images=["P2"])[0].probability == pytest.approx(0.14)


def test_the_paths_of_images_come_with_them(tmp_path):
    path = write_archive(tmp_path / "A", {"P": [], "Q": []}, records={"P": {"path": "../images/P.png"}})
    found = rune_pl.open_archive(path).query(rule=SHIP)
    assert [(h.image, h.path) for h in found] == [("P", str(tmp_path / "images" / "P.png")), ("Q", None)]


def test_saturated_images_keep_their_order(tmp_path):
    """1 - P is 1e-40 and 1e-60: the probabilities are equal, the odds are not."""
    images = {f"{n} ships": [("ship", 0.99, box(40.0 * i)) for i in range(n)] for n in (20, 30, 25)}
    archive = rune_pl.open_archive(write_archive(tmp_path / "A", images))
    for engine in ("native", "problog"):
        found = archive.query(rule=SHIP, engine=engine)
        assert [h.image for h in found] == ["30 ships", "25 ships", "20 ships"]
        assert [h.log_odds for h in found] == pytest.approx([n * math.log(100) for n in (30, 25, 20)])


class Stub:
    """An engine that knows the answer."""

    name = "stub"

    def marginals(self, query, scenes, evidence=None, budget=None):
        for number, image in enumerate(scenes.images):
            yield Marginal.of(image, number / 10, 1 - number / 10, "stub")


def test_an_engine_is_anything_with_marginals(port):
    found = port.query(rule=SHIP, engine=Stub(), top=2)
    assert [(h.image, h.probability, h.method) for h in found] == [("P5", 0.4, "stub"), ("P4", 0.3, "stub")]
    assert len(PORT) == 5
