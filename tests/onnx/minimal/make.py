#!/usr/bin/env python3
"""Writes the project's own conformance cases, one an operator at least, in the layout of ONNX's backend tests.

usage: make.py FOLDER [OPERATORS]

The models and the expected values are made here, in plain Python, from the formulas of ONNX's operator pages.
OPERATORS: a file with an operator's name in the first word of each line, as `wasminfer ops` prints them; each has to have
a case.
"""

import importlib
import pathlib
import sys

import case

for family in sorted(pathlib.Path(__file__).parent.glob("*.py")):
    if family.stem not in ("make", "case", "wire"):
        importlib.import_module(family.stem)

case.write(sys.argv[1])
print(len(case.CASES), "cases of", len(case.OPERATORS), "operators")
if len(sys.argv) > 2:
    listed = {line.split()[0] for line in open(sys.argv[2], encoding="utf-8") if line.strip()}
    missing = sorted(listed - case.OPERATORS)
    if missing:
        sys.exit("without a case: " + ", ".join(missing))
