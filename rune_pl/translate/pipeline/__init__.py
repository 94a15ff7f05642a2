"""From a question in English to a checked rule, by way of a language model, with every step kept."""
