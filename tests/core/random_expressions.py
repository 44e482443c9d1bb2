#!/usr/bin/env python3
"""Random expressions with their values by numpy and plain Python: random_expressions.py COUNT SEED

Prints the columns, then one expression a line: kind, expression, values; tabs between, blanks between values.
"""
import random
import sys

import numpy as np

np.seterr(all="ignore")
ROWS = 64
count, seed = int(sys.argv[1]), int(sys.argv[2])
choose = random.Random(seed)

numbers = {
    "r": np.array([choose.choice([choose.uniform(10, 25), choose.randint(10, 25), np.nan]) for _ in range(ROWS)], float),
    "mag g": np.array([choose.gauss(0, 3) for _ in range(ROWS)], float),
    "flux.i": np.array([choose.choice([0.0, -0.0, 1e300, -1e300, np.inf, -np.inf, choose.gauss(0, 1)]) for _ in range(ROWS)], float),
}
wholes = {
    "component": np.array([choose.randint(1, 6) for _ in range(ROWS)], np.int64),
    "objid": np.array([587722984435351614 + choose.randint(-2, 2) for _ in range(ROWS)], np.int64),
}
texts = {
    "label": [choose.choice(["", "spiral", "Spiral", "artifact", "E/S0", 'say "hi"', "überlicht"]) for _ in range(ROWS)],
    "kind": [choose.choice(["spiral", "ring", "", "x*y"]) for _ in range(ROWS)],
}


def quote(text):
    mark = choose.choice("\"'")
    return mark + text.replace("\\", "\\\\").replace(mark, "\\" + mark) + mark


def name(column):
    plain = column.replace("_", "").replace(".", "").isalnum()
    return column if plain else "`" + column + "`"


def truth(values):
    return (values != 0) & ~np.isnan(values)


def number(depth, smooth):
    """A number: (expression with all its parentheses, values)."""
    what = choose.randint(0, 9) if depth > 0 else choose.randint(0, 2)
    if what == 0:
        value = choose.choice([choose.randint(0, 30), round(choose.uniform(0, 30), 3)])
        return str(value), np.full(ROWS, float(value))
    if what <= 2:
        column = choose.choice(list(numbers) + ["component"])
        values = numbers[column] if column in numbers else wholes[column].astype(float)
        return name(column), values
    if what <= 7:
        a, x = number(depth - 1, smooth)
        b, y = number(depth - 1, smooth)
        sign = choose.choice("+-*/" if smooth else "+-*/%")  # a remainder magnifies the last digit
        value = {"+": x + y, "-": x - y, "*": x * y, "/": x / y, "%": np.mod(x, y)}[sign]
        return f"({a} {sign} {b})", value
    if what == 8:
        a, x = number(depth - 1, smooth)
        return f"-({a})", -x
    a, x = number(depth - 1, smooth)
    plain = {"abs": np.abs, "floor": np.floor, "ceil": np.ceil, "sign": np.sign}
    curved = {"sqrt": np.sqrt, "exp": np.exp, "log": np.log, "log10": np.log10, "sin": np.sin, "atan": np.arctan,
              "tanh": np.tanh}
    which = choose.choice(list(plain) + (list(curved) if smooth else []) + ["min", "max", "if"])
    if which in plain or which in curved:
        return f"{which}({a})", (plain | curved)[which](x)
    b, y = number(depth - 1, smooth)
    if which == "if":
        c, p = test(depth - 1)
        return f"if({c}, {a}, {b})", np.where(p, x, y)
    return f"{which}({a}, {b})", (np.minimum if which == "min" else np.maximum)(x, y)


def compare(sign, x, y):
    return {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y, "==": x == y, "!=": x != y}[sign]


def low(text):
    return "".join(c.lower() if c.isascii() else c for c in text)


def text_test():
    column = choose.choice(list(texts))
    values = texts[column]
    what = choose.randint(0, 5)
    if what == 0:
        other = choose.choice(list(texts))
        sign = choose.choice(["==", "!=", "<", ">="])
        return f"{column} {sign} {other}", np.array(
            [bool(compare(sign, a.encode(), b.encode())) for a, b in zip(values, texts[other])])
    word = choose.choice(["", "spiral", "SPIRAL", "ring", "ri", "al", "E/S0", 'say "hi"', "überlicht", "x*y"])
    if what == 1:
        sign = choose.choice(["==", "!=", "<", "<=", ">", ">="])
        return f"{column} {sign} {quote(word)}", np.array([bool(compare(sign, a.encode(), word.encode())) for a in values])
    if what == 2:
        words = [word, choose.choice(["ring", "", "artifact"])]
        no = choose.random() < 0.5
        listed = ", ".join(quote(w) for w in words)
        return f"{column} {'not ' if no else ''}in ({listed})", np.array([(a in words) != no for a in values])
    if what == 3:
        return f"ismissing({column})", np.array([a == "" for a in values])
    which, test_ = choose.choice([("contains", lambda a: low(word) in low(a)),
                                  ("startswith", lambda a: low(a).startswith(low(word))),
                                  ("endswith", lambda a: low(a).endswith(low(word)))])
    return f"{which}({column}, {quote(word)})", np.array([test_(a) for a in values])


def test(depth):
    """A truth value: (expression, booleans)."""
    what = choose.randint(0, 9) if depth > 0 else 9
    if what <= 2:
        a, p = test(depth - 1)
        b, q = test(depth - 1)
        sign, value = choose.choice([("&&", p & q), ("and", p & q), ("||", p | q), ("or", p | q)])
        return f"({a} {sign} {b})", value
    if what == 3:
        a, p = test(depth - 1)
        return choose.choice([f"!({a})", f"(not {a})"]), ~p
    if what == 4:
        return text_test()
    if what == 5:  # whole numbers that a double cannot hold
        value = 587722984435351614 + choose.randint(-2, 2)
        sign = choose.choice(["<", "<=", ">", ">=", "==", "!="])
        if choose.random() < 0.5:
            return f"objid {sign} {value}", compare(sign, wholes["objid"], np.int64(value))
        return f"{value} {sign} objid", compare(sign, np.int64(value), wholes["objid"])
    if what == 6:
        values = [choose.randint(1, 6) for _ in range(choose.randint(1, 4))]
        listed = ", ".join(map(str, values))
        return choose.choice([f"component in ({listed})", f"in(component, {listed})"]), np.isin(wholes["component"], values)
    if what == 7:
        a, x = number(depth - 1, False)
        low_, high = sorted(choose.sample(range(0, 30), 2))
        return f"({low_} < {a} <= {high})", (low_ < x) & (x <= high)
    if what == 8:
        a, x = number(depth - 1, False)
        return f"isfinite({a})", np.isfinite(x)
    a, x = number(max(depth - 1, 0), False)
    b, y = number(max(depth - 1, 0), False)
    sign = choose.choice(["<", "<=", ">", ">=", "==", "!="])
    return f"({a} {sign} {b})", compare(sign, x, y)


def unnested(depth):
    """Numbers without parentheses: how operators bind, told by Python itself."""
    parts = [choose.choice(["r", "component", "`mag g`", str(choose.randint(1, 9)), "2.5"])]
    for _ in range(depth):
        parts.append(choose.choice([" + ", " - ", " * ", " / ", " ** ", " - -", " * -"]))
        parts.append(choose.choice(["r", "component", str(choose.randint(1, 4)), "0.5"]))
    return "".join(choose.choice(["", "-"]) + p if i == 0 else p for i, p in enumerate(parts))


for table, kind in ((numbers, "n"), (wholes, "w")):
    for key, values in table.items():
        print(kind, key, " ".join(repr(v.item()) for v in values), sep="\t")
for key, values in texts.items():
    print("t", key, "\x1f".join(values), sep="\t")
print("--")
for _ in range(count):
    which = choose.random()
    if which < 0.5:
        expression, values = test(choose.randint(0, 6))
        print("truth", expression, " ".join("1" if v else "0" for v in values), sep="\t")
    elif which < 0.8:
        expression, values = number(choose.randint(0, 5), True)
        print("number", expression, " ".join(repr(float(v)) for v in values), sep="\t")
    else:
        expression = unnested(choose.randint(1, 5))
        names = {"r": numbers["r"], "component": wholes["component"].astype(float), "mag_g": numbers["mag g"]}
        values = eval(expression.replace("`mag g`", "mag_g"), {}, names) + np.zeros(ROWS)
        print("number", expression, " ".join(repr(float(v)) for v in values), sep="\t")
