/* gamma.c - see gamma.h.
 *
 * The cumulative function P(a, x) and its complement Q(a, x) are the regularised incomplete gamma
 * functions (Abramowitz and Stegun, "Handbook of Mathematical Functions", 6.5.29 and 6.5.31). Their
 * inverse is found by Newton's method for log P, or log Q above the median, as a function of y =
 * log x. Both are concave in y (the density of y is log-concave), so Newton converges from
 * everywhere, and the logarithms keep the far tails as precise as the middle. */
#include "sim/core/gamma.h"

#include "sim/core/math.h"

#include <assert.h>
#include <stdbool.h>

enum {
    TERMS_MAX = 20000, /* far beyond what shapes up to 1000 need */
    STEPS_MAX = 200,
};

/* One tail at y: the logarithm of its probability, and the steepness of that. */
struct tail {
    double log, slope;
};

/* log Gamma(a + 1) by Stirling's series at 16 or more, whence the recurrence leads down. */
static double log_factorial(double a)
{
    double n = a + 1.0, product = 1.0, r, series;

    while (n < 16.0) {
        product *= n;
        n += 1.0;
    }
    r = 1.0 / (n * n);
    series = 1.0 / 12.0 -
             r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r * (1.0 / 1188.0))));
    return (n - 0.5) * sim_log(n) - n + 0x1.d67f1c864beb5p-1 /* log(2 pi) / 2 */ + series / n -
           sim_log(product);
}

static double absolute(double x)
{
    return x < 0.0 ? -x : x;
}

/* 1 + x/(a+1) + x^2/((a+1)(a+2)) + ...: P(a, x) Gamma(a+1) / (x^a e^-x). */
static double lower_series(double a, double x)
{
    double sum = 1.0, term = 1.0;

    for (int i = 1; term >= sum * 1e-17; i++) {
        assert(i < TERMS_MAX);
        term *= x / (a + i);
        sum += term;
    }
    return sum;
}

/* 1/(x+1-a - 1(1-a)/(x+3-a - 2(2-a)/(x+5-a - ...))): Q(a, x) Gamma(a) / (x^a e^-x), for x > a + 1;
 * by the method of Lentz, "Generating Bessel functions in Mie scattering calculations using
 * continued fractions" (1976). */
static double upper_fraction(double a, double x)
{
    double b = x + 1.0 - a, c = 1e300, d = 1.0 / b, value = d, factor = 0.0;

    for (int i = 1; absolute(factor - 1.0) > 4e-16; i++) {
        double above = -i * (i - a);

        assert(i < TERMS_MAX);
        b += 2.0;
        d = b + above * d;
        c = b + above / c;
        d = 1.0 / (d == 0.0 ? 1e-300 : d);
        if (c == 0.0)
            c = 1e-300;
        factor = c * d;
        value *= factor;
    }
    return value;
}

static struct tail lower_tail(double a, double y, double log_factorial_a)
{
    double x = sim_exp(y), sum = lower_series(a, x);

    return (struct tail){ a * y - x - log_factorial_a + sim_log(sum), a / sum };
}

static struct tail upper_tail(double a, double y, double log_factorial_a)
{
    double x = sim_exp(y), front = a * y - x - log_factorial_a + sim_log(a), upper;

    if (x > a + 1.0) {
        double fraction = upper_fraction(a, x);

        return (struct tail){ front + sim_log(fraction), 1.0 / fraction };
    }
    upper = 1.0 - sim_exp(lower_tail(a, y, log_factorial_a).log);
    return (struct tail){ sim_log(upper), sim_exp(front) / upper };
}

/* log x to begin with: Wilson and Hilferty (1931) say that the cube root is nearly normal; where
 * that fails (near 0), the first term of the series inverted. */
static double first_guess(double a, double p, double q, double log_factorial_a)
{
    double z = p < q ? sim_normal_quantile(p) : -sim_normal_quantile(q);
    double root = 1.0 - 1.0 / (9.0 * a) + z / (3.0 * sim_sqrt(a));

    if (root > 0.3)
        return sim_log(a) + 3.0 * sim_log(root);
    return (sim_log(p) + log_factorial_a) / a;
}

double sim_gamma_quantile(double shape, double p, double q)
{
    double factorial = log_factorial(shape), y = first_guess(shape, p, q, factorial);
    bool lower = p < q;
    double target = sim_log(lower ? p : q), step = 1.0;

    for (int i = 0; absolute(step) > 1e-9; i++) { /* the error squares with each step */
        struct tail tail =
            lower ? lower_tail(shape, y, factorial) : upper_tail(shape, y, factorial);

        assert(i < STEPS_MAX);
        step = (target - tail.log) / (lower ? tail.slope : -tail.slope);
        /* Where the tail is nearly 1 it is flat, and the tangent leads too far. */
        if (step > 1.0)
            step = 1.0;
        if (step < -1.0)
            step = -1.0;
        y += step;
    }
    return sim_exp(y);
}
