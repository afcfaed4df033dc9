#include "sim/scenario/utf8.h"

static size_t sequence_length(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead < 0xe0)
        return 2;
    if (lead >= 0xe0 && lead < 0xf0)
        return 3;
    if (lead >= 0xf0 && lead < 0xf5)
        return 4;
    return 0;
}

size_t sim_utf8_next(const char *text, size_t left, uint32_t *code)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const unsigned char *bytes = (const unsigned char *)text;
    size_t length = sequence_length(bytes[0]);
    uint32_t c;

    *code = SIM_UTF8_INVALID;
    if (length == 0 || length > left)
        return 1;
    c = length == 1 ? bytes[0] : bytes[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return 1;
        c = c << 6 | (bytes[i] & 0x3fu);
    }
    if (c < least[length] || (c >= 0xd800 && c < 0xe000) || c > 0x10ffff)
        return 1;
    *code = c;
    return length;
}

struct span {
    uint32_t first, last;
};

static bool within(const struct span *spans, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (code >= spans[i].first && code <= spans[i].last)
            return true;
    }
    return false;
}

unsigned sim_utf8_width(uint32_t code)
{
    static const struct span zero[] = {
        { 0x300, 0x36f },
        { 0x200b, 0x200d },
        { 0x20d0, 0x20ff },
        { 0xfe00, 0xfe0f },
    };
    static const struct span wide[] = {
        { 0x1100, 0x115f },   { 0x2e80, 0x303e },   { 0x3041, 0xa4cf },   { 0xac00, 0xd7a3 },
        { 0xf900, 0xfaff },   { 0xfe30, 0xfe6f },   { 0xff00, 0xff60 },   { 0xffe0, 0xffe6 },
        { 0x1f300, 0x1f64f }, { 0x1f680, 0x1f6ff }, { 0x1f900, 0x1f9ff }, { 0x20000, 0x3fffd },
    };

    if (within(zero, sizeof zero / sizeof zero[0], code))
        return 0;
    return within(wide, sizeof wide / sizeof wide[0], code) ? 2 : 1;
}

bool sim_utf8_is_visible(uint32_t code)
{
    static const struct span hidden[] = {
        { 0, 0x1f },        { 0x7f, 0x9f },       { 0x61c, 0x61c },   { 0x200e, 0x200f },
        { 0x2028, 0x202e }, { 0x2066, 0x2069 },   { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
        { 0xfffe, 0xffff }, { 0xe0000, 0xe007f },
    };

    return code != SIM_UTF8_INVALID && !within(hidden, sizeof hidden / sizeof hidden[0], code);
}

size_t sim_utf8_count(const char *text, size_t length)
{
    size_t count = 0;
    uint32_t code;

    for (size_t at = 0; at < length; count++)
        at += sim_utf8_next(text + at, length - at, &code);
    return count;
}
