"""Fine-tune the translator: a LoRA adapter for SmolLM2-135M-Instruct, on pairs of `tools.translator.generate`.

    python -m tools.train_translator --base MODEL.gguf --pairs pairs.tsv --out adapter/ --minutes 60

The base is read from its GGUF and dequantised, so that the adapter is trained on the weights that llama.cpp runs. The
loss counts the answer only. It stops after --minutes or when all pairs were seen once, and goes on from OUT/state.pt
where there is one. At the end OUT/adapter.gguf is what `rune_pl/translate/data` ships. A GPU is used where torch finds
one.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from peft import LoraConfig, PeftModel, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from torch.nn import functional
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from tools.translator.adapter import TARGET_MODULES, read_gguf, write_gguf

Pair = tuple[list[int], int]  # tokens, and how many of them are the prompt

_TEMPLATE = (Path(__file__).resolve().parents[1] / "prompts" / "tuned.txt").read_text(encoding="utf-8").rstrip("\n")
_HEAD = "retrieve :-"
_SAVE_EVERY = 300.0  # seconds
_SORTED = 64  # batches whose pairs are sorted by length together, so that little is padding


def prompt(query: str) -> str:
    """What the model continues, from the template that the translator fills in as well."""
    return _TEMPLATE.replace("{query}", " ".join(query.lower().split()))


def read_pairs(path: Path, tokenizer: PreTrainedTokenizerBase, longest: int) -> list[Pair]:
    """The pairs of a TSV file as tokens, without those longer than `longest`."""
    lines = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    prompts = tokenizer([prompt(query) for query, _ in lines], add_special_tokens=False).input_ids
    answers = tokenizer([rule.removeprefix(_HEAD) for _, rule in lines], add_special_tokens=False).input_ids
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    pairs = [([*p, *a, end], len(p)) for p, a in zip(prompts, answers, strict=True)]
    return [pair for pair in pairs if len(pair[0]) <= longest]


def batches(pairs: list[Pair], tokens: int, seed: int) -> Iterator[list[Pair]]:
    """The pairs once, in random order, in batches of about `tokens` tokens whose pairs are of like length."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(pairs))
    size = max(1, _SORTED * tokens // 64)
    for start in range(0, len(order), size):
        block = sorted(order[start : start + size], key=lambda i: len(pairs[i][0]))
        cuts: list[list[Pair]] = [[]]
        for i in block:
            if cuts[-1] and (len(cuts[-1]) + 1) * len(pairs[i][0]) > tokens:
                cuts.append([])
            cuts[-1].append(pairs[i])
        for k in rng.permutation(len(cuts)):
            yield cuts[k]


def answer_loss(model: PeftModel, batch: list[Pair], device: str) -> torch.Tensor:
    """Mean cross-entropy of the answers' tokens. Only these meet the vocabulary, which is a fifth of the work."""
    longest = max(len(tokens) for tokens, _ in batch)
    ids = torch.full((len(batch), longest), 2)
    asked = torch.zeros((len(batch), longest), dtype=torch.bool)
    for row, (tokens, start) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        asked[row, start - 1 : len(tokens) - 1] = True
    ids, asked = ids.to(device), asked.to(device)
    inner = model.base_model.model
    hidden = inner.model(input_ids=ids).last_hidden_state[asked]
    return functional.cross_entropy(inner.lm_head(hidden).float(), ids.roll(-1, 1)[asked])


def load(base: Path, rank: int, init: Path | None, from_layer: int, device: str) -> PeftModel:
    """The base with an adapter, of which the layers from `from_layer` on are trained."""
    model = AutoModelForCausalLM.from_pretrained(base.parent, gguf_file=base.name, dtype=torch.float32)
    config = LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=TARGET_MODULES, task_type="CAUSAL_LM")
    model = get_peft_model(model, config)
    if init is not None:
        tensors, _ = read_gguf(init)
        found = set_peft_model_state_dict(model, {name: torch.from_numpy(v) for name, v in tensors.items()})
        if found.unexpected_keys:
            raise SystemExit(f"{init} does not fit a rank of {rank}: {found.unexpected_keys[:3]}")
    for name, parameter in model.named_parameters():
        if ".layers." in name and int(name.split(".layers.")[1].split(".")[0]) < from_layer:
            parameter.requires_grad_(False)
    return model.to(device)


def save(model: PeftModel, optimizer: torch.optim.Optimizer, out: Path, step: int, done: float, rank: int) -> None:
    """Checkpoint and adapter; each is whole or not there."""
    out.mkdir(parents=True, exist_ok=True)
    tensors = {name: value.detach().cpu() for name, value in get_peft_model_state_dict(model).items()}
    state = {"tensors": tensors, "optimizer": optimizer.state_dict(), "step": step, "done": done}
    torch.save(state, out / "state.tmp")
    (out / "state.tmp").replace(out / "state.pt")
    write_gguf(out / "adapter.tmp", {name: value.numpy() for name, value in tensors.items()}, 2.0 * rank)
    (out / "adapter.tmp").replace(out / "adapter.gguf")


def train(options: argparse.Namespace) -> None:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(options.seed)
    tokenizer = AutoTokenizer.from_pretrained(options.base.parent, gguf_file=options.base.name)
    pairs = read_pairs(options.pairs, tokenizer, options.longest)
    model = load(options.base, options.rank, options.init, options.from_layer, device)
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=options.lr, betas=(0.9, 0.98), weight_decay=0.0)
    first, before = 0, 0.0
    if (options.out / "state.pt").exists():
        state = torch.load(options.out / "state.pt", map_location=device, weights_only=True)
        set_peft_model_state_dict(model, state["tensors"])
        optimizer.load_state_dict(state["optimizer"])
        first, before = state["step"], state["done"]
    print(f"{len(pairs)} pairs, {sum(p.numel() for p in trained):,} weights, {device}, from step {first}", flush=True)
    limit = options.minutes * 60 if options.minutes else math.inf
    total = sum(1 for _ in batches(pairs, options.tokens, options.seed))
    started = saved = time.monotonic()
    seen, losses = 0, []
    done, reached = before, first
    for step, batch in enumerate(batches(pairs, options.tokens, options.seed)):
        if step < first:
            continue
        spent = before + time.monotonic() - started
        done = spent
        progress = max(spent / limit, step / total)
        if progress >= 1:
            break
        rate = (
            options.lr
            * min(1.0, (step + 1) / options.warm_up)
            * (0.02 + 0.98 * (0.5 + 0.5 * math.cos(math.pi * progress)))
        )
        for group in optimizer.param_groups:
            group["lr"] = rate
        loss = answer_loss(model, batch, device)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(trained, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        losses.append(loss.item())
        seen += len(batch)
        reached = step + 1
        if (step + 1) % 20 == 0:
            pace = seen / (time.monotonic() - started)
            print(
                f"step {step + 1}/{total} loss {np.mean(losses[-20:]):.4f} rate {rate:.1e} {pace:.1f} pairs/s",
                flush=True,
            )
        if time.monotonic() - saved > _SAVE_EVERY:
            save(model, optimizer, options.out, step + 1, spent, options.rank)
            saved = time.monotonic()
    save(model, optimizer, options.out, reached, done, options.rank)
    print(f"adapter: {options.out / 'adapter.gguf'}, loss of the last steps {np.mean(losses[-100:]):.4f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="the base model, as `rune-pl models path` says")
    parser.add_argument("--pairs", type=Path, required=True, help="QUERY<TAB>RULE, one pair a line")
    parser.add_argument("--out", type=Path, required=True, help="folder for checkpoints and adapter.gguf")
    parser.add_argument("--init", type=Path, help="a GGUF adapter to start from; without it, from nothing")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after so long; 0: after all pairs")
    parser.add_argument("--rank", type=int, default=32)
    parser.add_argument("--lr", type=float, default=4e-4)
    parser.add_argument("--tokens", type=int, default=768, help="tokens in a batch (a GPU takes 32768)")
    parser.add_argument("--longest", type=int, default=220, help="tokens of the longest pair that is used")
    parser.add_argument("--from-layer", type=int, default=0, help="train the adapter of this layer and those above")
    parser.add_argument("--warm-up", type=int, default=50, help="steps until the full rate")
    parser.add_argument("--seed", type=int, default=0)
    train(parser.parse_args())


if __name__ == "__main__":
    main()
