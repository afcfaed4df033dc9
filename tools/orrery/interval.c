#include "tools/orrery/interval.h"
#include "tools/orrery/beta.h"

#include <stdbool.h>
#include <stdio.h>

static const double tail = 0.025;

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
