#include "tools/orrery/beta.h"
#include "sim/core/math.h"

#include <stdbool.h>

/* log(gamma(x)), x > 0, by Stirling's series from 16 on. */
static double log_gamma(double x)
{
    double product = 1, inverse;

    for (; x < 16; x++)
        product *= x;
    inverse = 1 / x;
    return (x - 0.5) * sim_log(x) - x + 0.91893853320467274178 /* log(2 pi) / 2 */ +
           inverse * (1.0 / 12 - inverse * inverse *
                                     (1.0 / 360 - inverse * inverse *
                                                      (1.0 / 1260 - inverse * inverse / 1680))) -
           sim_log(product);
}

/* A value that may be divided by. */
static double kept_from_zero(double x)
{
    return x < 1e-300 && x > -1e-300 ? 1e-300 : x;
}

/* The continued fraction of the incomplete beta function (Abramowitz and Stegun 26.5.8), by the
 * method of Lentz; converges fast where x < (a + 1) / (a + b + 2). */
static double beta_fraction(double a, double b, double x)
{
    double c = 1, d = 1 / kept_from_zero(1 - (a + b) * x / (a + 1)), value = d;

    for (double m = 1; m < 1e6; m++) {
        double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)), step;

        d = 1 / kept_from_zero(1 + even * d);
        c = kept_from_zero(1 + even / c);
        value *= d * c;
        d = 1 / kept_from_zero(1 + odd * d);
        c = kept_from_zero(1 + odd / c);
        step = d * c;
        value *= step;
        if (step - 1 < 1e-14 && step - 1 > -1e-14)
            break;
    }
    return value;
}

double beta_share(double a, double b, double x)
{
    double exponent;
    bool turned = x > (a + 1) / (a + b + 2);

    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    exponent = log_gamma(a + b) - log_gamma(a) - log_gamma(b) + a * sim_log(x) + b * sim_log(1 - x);
    if (exponent < -700)
        return turned ? 1 : 0;
    if (turned)
        return 1 - sim_exp(exponent) * beta_fraction(b, a, 1 - x) / b;
    return sim_exp(exponent) * beta_fraction(a, b, x) / a;
}
