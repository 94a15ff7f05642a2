"""The rule library: Prolog files that define the relations, attributes and counting of the rule language."""
