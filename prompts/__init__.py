"""Texts that describe the rule language to a language model."""
