"""Derives the polynomials of exponential_generic.go and prints them, highest
power first, as the Go source has them.

Each is the polynomial P of a given degree that keeps the largest value of
|P(x) - g(x)|·w(x) on an interval as small as possible, where w turns an error of
P into a relative error of the function that is computed from it. Remez' exchange
algorithm finds it: solve for the P whose weighted error alternates between +E
and -E on degree+2 points, move the points to where the error is largest, repeat.
The coefficients are then rounded to float32.

Ran with Python 3.11.7, mpmath 1.4.1.

    python internal/kernel/testdata/minimax.py
"""

import struct

import mpmath as mp

mp.mp.dps = 50
GRID = 1200  # points on which the error is looked at
ROUNDS = 12


def minimax(g, w, low, high, degree):
    count = degree + 2
    middle, half = (low + high) / 2, (high - low) / 2
    points = [middle - half * mp.cos(mp.pi * (2 * i + 1) / (2 * count)) for i in range(count)]
    grid = [low + (high - low) * (mp.mpf(i) + 0.5) / GRID for i in range(GRID)]
    for _ in range(ROUNDS):
        system = mp.matrix(count, count)
        for i, x in enumerate(points):
            for j in range(degree + 1):
                system[i, j] = x**j
            system[i, degree + 1] = (-1) ** i / w(x)
        solution = mp.lu_solve(system, mp.matrix([g(x) for x in points]))
        coefficients = [solution[j] for j in range(degree, -1, -1)]
        error = [(mp.polyval(coefficients, x) - g(x)) * w(x) for x in grid]
        points = peaks(grid, error, count)
    return coefficients, max(abs(e) for e in error)


def peaks(grid, error, count):
    """The grid point of largest error in each stretch of one sign, count of them."""
    best = []
    for x, e in zip(grid, error):
        if best and (e > 0) == (best[-1][1] > 0):
            if abs(e) > abs(best[-1][1]):
                best[-1] = (x, e)
        else:
            best.append((x, e))
    while len(best) > count:
        best.pop(0 if abs(best[0][1]) < abs(best[-1][1]) else -1)
    return [x for x, _ in best]


def show(name, g, w, low, high, degree, constant=()):
    coefficients, error = minimax(g, w, low, high, degree)
    rounded = [struct.unpack("f", struct.pack("f", float(c)))[0] for c in coefficients]
    print(f"{name}: relative error 2^{float(mp.log(error, 2)):.2f} before rounding")
    print("  ", ", ".join([c.hex() for c in rounded] + [str(c) for c in constant]))


reach = mp.log(2) / 2 * mp.mpf("1.0015")
show(
    "expTerms",
    lambda r: (mp.exp(r) - 1 - r) / r**2,
    lambda r: r**2 / mp.exp(r),
    -reach,
    reach,
    4,
)
show(
    "tanhTerms",
    lambda z: (mp.tanh(mp.sqrt(z)) / mp.sqrt(z) - 1) / z,
    lambda z: z * mp.sqrt(z) / mp.tanh(mp.sqrt(z)),
    mp.mpf(10) ** -6,
    mp.mpf("0.625") ** 2,
    4,
)
show(
    "logTerms",
    lambda f: (mp.log(1 + f) - f + f**2 / 2) / f**3,
    lambda f: f**3 / mp.log(1 + f),
    mp.sqrt(mp.mpf("0.5")) - 1,
    mp.sqrt(2) - 1,
    7,
    constant=(-0.5,),
)
