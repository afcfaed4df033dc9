/* math.c - see math.h.
 *
 * Logarithms are carried as an unevaluated sum of two doubles of about 70 good bits, because
 * sim_pow multiplies their error by up to 700; sim_log adds the two. The tools are exact sums
 * (Knuth 1969, "two-sum") and exact products by splitting a factor into halves (Dekker, "A
 * floating-point technique for extending the available precision", 1971), here by masking bits. */
#include "sim/core/math.h"

#include "sim/core/digest.h"

#include <assert.h>
#include <float.h>
#include <stdbool.h>
#include <string.h>

/* Wider intermediates (x87) would round twice. */
_Static_assert(DBL_MANT_DIG == 53 && DBL_MAX_EXP == 1024, "doubles must be IEEE 754 binary64");
_Static_assert(FLT_EVAL_METHOD == 0 || FLT_EVAL_METHOD == 1,
               "doubles must be evaluated as doubles");

#define MANTISSA_BITS 52
#define MANTISSA ((UINT64_C(1) << MANTISSA_BITS) - 1)
#define LOW_HALF ((UINT64_C(1) << 27) - 1)

/* log 2 in two parts, the first a multiple of 2^-42: its product with any exponent is exact. */
#define LN2_HIGH 0x1.62e42fefa3800p-1
#define LN2_LOW 0x1.ef35793c76730p-45
#define LN2_INVERSE 0x1.71547652b82fep+0

#define EXP_LIMIT 0x1.62e42fefa39efp+9 /* the largest argument whose exp is finite */
#define EXP_NOTHING -746.0             /* below, exp is less than half of the least subnormal */

/* High and low part of a value, high being their rounded sum. */
struct pair {
    double high, low;
};


/* What the rounding of `value` left over, for each point of the grid. */
static const double log_tails[SIM_LOG_POINTS] = {
    0x1.abc9e3b39803fp-56,
    -0x1.6714fbcd8135bp-55,
    0x1.988ba4aea614dp-56,
    0x1.c457b531506f6p-55,
    -0x1.84f481051f71ap-56,
    0x1.1930603d87b6ep-56,
    -0x1.f01ab6065515cp-56,
    -0x1.b941ee770436bp-56,
    0x1.e0efadd9db02bp-55,
    -0x1.2164ff40e9817p-56,
    0x1.89df1568ca0b0p-55,
    -0x1.91eee7772c7c2p-55,
    0x1.0d710fcfc4e0dp-55,
    -0x1.17f9e54e78104p-57,
    0x1.7e8f05924d259p-57,
    -0x1.74b71fb5e57e3p-62,
    -0x1.ac81cc8a4dfb8p-56,
    0x1.d7f4d3b3d406bp-56,
    0x1.223eadb651b4ap-57,
    0x1.6fd02999b21e1p-59,
    0x1.9d56c45dd3e86p-56,
    -0x1.ba8062860ae23p-57,
    -0x1.89d2816cf838fp-57,
    -0x1.70f2f38238303p-56,
    -0x1.219024acd3b77p-58,
    0x1.84a4ee3059583p-56,
    0x1.a64eadd740178p-58,
    -0x1.6541148cbb8a2p-56,
    -0x1.8f7e9b38a6979p-57,
    0x1.8fb4c14c56eefp-60,
    -0x1.2ad27e50a8ec6p-56,
    -0x1.3d69909e5c3dcp-56,
    0x1.e0efadd9db02bp-56,
    -0x1.12aeb84249223p-57,
    -0x1.0e63a5f01c691p-57,
    0x1.cdb16ed4e9138p-56,
    0x1.f665066f980a2p-57,
    0x1.2276041f43042p-59,
    0x1.60629242471a2p-57,
    0x1.dd355f6a516d7p-60,
    0x1.bcafa9de97203p-57,
    0x1.142c507fb7a3dp-58,
    -0x1.1232ce70be781p-57,
    -0x1.8de59c21e166cp-57,
    -0x1.1f5b44c0df7e7p-61,
    -0x1.0d5604930f135p-58,
    0x1.7d411a5b944adp-58,
    -0x1.6e38161051d69p-57,
    -0x1.0e63a5f01c691p-58,
    -0x1.ac9f4215f9393p-58,
    0x1.401fa71733019p-58,
    -0x1.0057eed1ca59fp-59,
    -0x1.478a85704ccb7p-58,
    -0x1.72566212cdd05p-61,
    0x1.769f42c7842ccp-58,
    -0x1.d15d38d2fa3f7p-58,
    -0x1.dd7009902bf32p-58,
    -0x1.e48fb0500efd4p-59,
    0x1.a8be97660a23dp-60,
    -0x1.cdd6f7f4a137ep-59,
    0x1.c05cf1d753622p-59,
    -0x1.d192d0619fa67p-60,
    0x1.27c8e8416e71fp-60,
    0x1.46662d417ced0p-62,
    0x0.0p+0,
};

static uint64_t bits_of(double x)
{
    uint64_t bits;

    memcpy(&bits, &x, sizeof bits);
    return bits;
}

static double from_bits(uint64_t bits)
{
    double x;

    memcpy(&x, &bits, sizeof x);
    return x;
}

static bool is_finite(double x)
{
    return (bits_of(x) >> MANTISSA_BITS & 0x7ff) != 0x7ff;
}

/* 2^EXPONENT for a normal result. */
static double power_of_two(int exponent)
{
    return from_bits((uint64_t)(exponent + 1023) << MANTISSA_BITS);
}

/* The leading 26 bits of X; what is left of X has 27 at most. */
static double upper_half(double x)
{
    return from_bits(bits_of(x) & ~LOW_HALF);
}

/* a + b exactly. */
static struct pair two_sum(double a, double b)
{
    double sum = a + b, part = sum - a;

    return (struct pair){ sum, (a - (sum - part)) + (b - part) };
}

/* a * b exactly, but for the last bits of a product near the ends of the range. */
static struct pair two_product(double a, double b)
{
    double product = a * b, ah = upper_half(a), al = a - ah, bh = upper_half(b), bl = b - bh;

    return (struct pair){ product, ((ah * bh - product) + ah * bl + al * bh) + al * bl };
}

/* The normal X > 0 as 2^k * m, 1/2 <= m < 1. */
static double split_exponent(double x, int *k)
{
    uint64_t bits;

    *k = -1022;
    if (x < DBL_MIN) {
        x *= 0x1p54;
        *k -= 54;
    }
    bits = bits_of(x);
    *k += (int)(bits >> MANTISSA_BITS);
    return from_bits((bits & MANTISSA) | UINT64_C(1022) << MANTISSA_BITS);
}

/* log1p(q + rest) for |q| <= 2^-7 less q itself, as the pair (-q^2/2, all smaller terms). */
static struct pair log1p_terms(double q, double rest)
{
    struct pair square = two_product(q, q);
    double series =
        1.0 / 7.0 + q * (-1.0 / 8.0 + q * (1.0 / 9.0 + q * (-1.0 / 10.0 + q * (1.0 / 11.0))));

    series = 1.0 / 3.0 + q * (-1.0 / 4.0 + q * (1.0 / 5.0 + q * (-1.0 / 6.0 + q * series)));
    return (struct pair){ -0.5 * square.high,
                          (rest * (1.0 - q) - 0.5 * square.low) + q * square.high * series };
}

/* x = 2^k m and m = c (1 + q) with c on the grid: log x = k log 2 + log c + log1p(q). */
static struct pair log_pair(double x)
{
    int k;
    double m = split_exponent(x, &k), c, difference, reciprocal, q, upper, rest;
    uint64_t point = ((bits_of(m) & MANTISSA) + (UINT64_C(1) << 45)) >> 46;
    struct pair base, sum, terms;
    double low;

    /* Just above a power of two, measure from it: then log c is 0 and nothing cancels next to x
     * = 1. */
    if (point == 0) {
        point = SIM_LOG_POINTS - 1;
        m *= 2.0;
        k--;
    }
    c = (double)(64 + point) * 0x1p-7;
    reciprocal = sim_log_points[point].reciprocal * 0x1p64;
    difference = m - c;
    q = difference * reciprocal;
    upper = upper_half(q);
    rest = ((difference - upper * c) - (q - upper) * c) *
           reciprocal; /* c has 7 bits: exact products */
    terms = log1p_terms(q, rest);

    base = two_sum((double)k * LN2_HIGH, -sim_log_points[point].value);
    sum = two_sum(base.high, q);
    low = base.low + sum.low;
    sum = two_sum(sum.high, terms.high);
    low += sum.low + (((double)k * LN2_LOW - log_tails[point]) + terms.low);
    return (struct pair){ sum.high + low, (sum.high - (sum.high + low)) + low };
}

/* exp(x.high + x.low): the nearest multiple k log 2 is taken off, the Taylor series does the rest,
 * |r| < 0.347. */
static double exp_pair(struct pair x)
{
    int k = (int)(x.high * LN2_INVERSE + (x.high < 0.0 ? -0.5 : 0.5));
    double high = x.high - (double)k * LN2_HIGH, low = x.low - (double)k * LN2_LOW;
    double r = high + low, lost = (high - r) + low;
    double r2 = r * r, r4 = r2 * r2, a, b, c, y;

    a = (1.0 / 2 + r * (1.0 / 6)) + r2 * (1.0 / 24 + r * (1.0 / 120));
    b = (1.0 / 720 + r * (1.0 / 5040)) + r2 * (1.0 / 40320 + r * (1.0 / 362880));
    c = (1.0 / 3628800 + r * (1.0 / 39916800)) + r2 * (1.0 / 479001600 + r * (1.0 / 6227020800));
    y = 1.0 + (r + (lost + r2 * (a + r4 * (b + r4 * c))));
    if (k < -1021) /* perhaps subnormal: round once, at the very end */
        return y * power_of_two(k + 64) * 0x1p-64;
    if (k > 1023)
        return y * 2.0 * power_of_two(k - 1);
    return y * power_of_two(k);
}

double sim_log(double x)
{
    assert(x > 0.0);
    assert(is_finite(x));
    return log_pair(x).high;
}

double sim_exp(double x)
{
    assert(x <= EXP_LIMIT);
    if (x < EXP_NOTHING)
        return 0.0;
    return exp_pair((struct pair){ x, 0.0 });
}

double sim_pow(double x, double y)
{
    struct pair log, product;

    assert(x > 0.0);
    assert(is_finite(x));
    assert(is_finite(y));
    log = log_pair(x);
    if (log.high * y < EXP_NOTHING)
        return 0.0;
    assert(log.high * y <= EXP_LIMIT);
    product = two_product(log.high, y);
    product.low += log.low * y;
    return exp_pair(product);
}

/* Heron's iteration gives the root to a few units, integers decide. x = n * 2^-s with n of 107 or
 * 108 bits, whose integer root has 54: one more than the result, and the last of them says which
 * way to round. A tie would need a root of exactly 54 bits, and so an x of more than 53. */
double sim_sqrt(double x)
{
    int exponent, shift;
    uint64_t m, root;
    double n, guess;
    sim_wide wide;

    assert(x >= 0.0);
    assert(is_finite(x));
    if (x == 0.0)
        return x;
    m = (uint64_t)(split_exponent(x, &exponent) * 0x1p53);
    exponent -= 53;
    shift = exponent % 2 == 0 ? 54 : 55;
    n = (double)m * power_of_two(shift);
    guess = n * (0x1p-53 / 3.0) + 0.7 * 0x1p53;
    for (int i = 0; i < 4; i++)
        guess = 0.5 * (guess + n / guess);

    wide = (sim_wide)m << shift;
    root = (uint64_t)guess;
    while ((sim_wide)root * root > wide)
        root--;
    while ((sim_wide)(root + 1) * (root + 1) <= wide)
        root++;
    return (double)((root + 1) / 2) * power_of_two((exponent - shift) / 2 + 1);
}

/* Numerator and denominator of a rational approximation of degree 7, constant terms first. */
struct rational {
    double above[8], below[8];
};

static double evaluate(const struct rational *f, double r)
{
    double above = f->above[7], below = f->below[7];

    for (int i = 6; i >= 0; i--) {
        above = above * r + f->above[i];
        below = below * r + f->below[i];
    }
    return above / below;
}

/* M. J. Wichura, "Algorithm AS 241: The percentage points of the normal distribution", Applied
 * Statistics 37 (1988), routine PPND16: about 1 part in 10^16. */
static const struct rational centre = {
    { 3.3871328727963666080e0, 1.3314166789178437745e+2, 1.9715909503065514427e+3,
      1.3731693765509461125e+4, 4.5921953931549871457e+4, 6.7265770927008700853e+4,
      3.3430575583588128105e+4, 2.5090809287301226727e+3 },
    { 1.0, 4.2313330701600911252e+1, 6.8718700749205790830e+2, 5.3941960214247511077e+3,
      2.1213794301586595867e+4, 3.9307895800092710610e+4, 2.8729085735721942674e+4,
      5.2264952788528545610e+3 },
};
static const struct rational flank = {
    { 1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0,
      3.64784832476320460504e0, 1.27045825245236838258e0, 2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4 },
    { 1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
      1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4,
      1.05075007164441684324e-9 },
};
static const struct rational tail = {
    { 6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7 },
    { 1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
      7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7,
      2.04426310338993978564e-15 },
};

double sim_normal_quantile(double p)
{
    double q = p - 0.5, r, x;

    assert(p > 0.0);
    assert(p < 1.0);
    if (q >= -0.425 && q <= 0.425)
        return q * evaluate(&centre, 0.180625 - q * q);
    r = sim_sqrt(-sim_log(q < 0.0 ? p : 1.0 - p));
    x = r <= 5.0 ? evaluate(&flank, r - 1.6) : evaluate(&tail, r - 5.0);
    return q < 0.0 ? -x : x;
}
