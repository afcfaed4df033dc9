#include "tools/orrery/interval.h"
#include "sim/core/math.h"

#include <stdbool.h>
#include <stdio.h>

static const double tail = 0.025;

/* log(gamma(x)), x >= 1, by Stirling's series from 16 on. */
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

/* P(X <= x) of a beta distribution with a, b >= 1. */
static double beta_share(double a, double b, double x)
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

static double beta_quantile(double a, double b, double share)
{
    double low = 0, high = 1;

    for (int i = 0; i < 100; i++) {
        double middle = low + (high - low) / 2;

        if (beta_share(a, b, middle) < share)
            low = middle;
        else
            high = middle;
    }
    return low + (high - low) / 2;
}

struct interval interval_of_share(uint64_t part, uint64_t whole)
{
    double x = (double)part, n = (double)whole;
    struct interval interval = { 0, 1 };

    if (part > 0)
        interval.low = beta_quantile(x, n - x + 1, tail);
    if (part < whole)
        interval.high = beta_quantile(x + 1, n - x, 1 - tail);
    return interval;
}

/* SHARE in per cent with two digits; UP: rounded up, else cut off. */
static int share_text(char *text, size_t size, double share, bool up)
{
    double scaled = share * 100, units;
    int decimals = 0;

    if (share <= 0 || share >= 1)
        return snprintf(text, size, "%d", share <= 0 ? 0 : 100);
    for (; scaled < 10 && decimals < 12; decimals++)
        scaled *= 10;
    units = (double)(uint64_t)scaled;
    units += up && units < scaled;
    for (int i = 0; i < decimals; i++)
        units /= 10;
    return snprintf(text, size, "%.*f", decimals, units);
}

const char *interval_text(char text[INTERVAL_TEXT], const struct interval *interval)
{
    int used = share_text(text, INTERVAL_TEXT, interval->low, false);

    used += snprintf(text + used, INTERVAL_TEXT - (size_t)used, "..");
    used += share_text(text + used, INTERVAL_TEXT - (size_t)used, interval->high, true);
    snprintf(text + used, INTERVAL_TEXT - (size_t)used, " %%");
    return text;
}
