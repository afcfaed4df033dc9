#include "tools/orrery/shown.h"

#include "sim/core/mem.h"
#include "sim/scenario/utf8.h"

#include <stdbool.h>
#include <string.h>

/* The character at TEXT as it is shown, in SHOWN; moves TEXT behind it. */
static size_t next_shown(const char **text, const char *end, char shown[8], size_t *width)
{
    uint32_t code;
    size_t bytes = sim_utf8_next(*text, (size_t)(end - *text), &code), used = bytes;

    if (sim_utf8_is_visible(code)) {
        memcpy(shown, *text, bytes);
        *width = sim_utf8_width(code);
    } else {
        shown[0] = code == '\n' || code == '\t' ? ' ' : '?';
        used = *width = 1;
    }
    *text += bytes;
    return used;
}

void shown_print(FILE *file, const char *text, size_t length)
{
    char shown[8];
    size_t width;

    for (const char *end = text + length; text < end;) {
        size_t bytes = next_shown(&text, end, shown, &width);

        fwrite(shown, 1, bytes, file);
    }
}

size_t shown_width(const char *text, size_t length)
{
    char shown[8];
    size_t sum = 0, width;

    for (const char *end = text + length; text < end; sum += width)
        next_shown(&text, end, shown, &width);
    return sum;
}

/* -- lines ------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Bytes up to the next blank where a line may break: not within "4 010" nor "70 %". */
static size_t word_length(const char *text)
{
    size_t length = strcspn(text, " ");

    while (length > 0 && text[length] == ' ' && is_digit(text[length - 1]) &&
           (text[length + 1] == '%' || is_digit(text[length + 1])))
        length += 1 + strcspn(text + length + 1, " ");
    return length;
}

size_t shown_wrap(FILE *file, const char *text, size_t column, size_t indent)
{
    bool glued = *text != ' ';

    for (text += strspn(text, " "); *text != '\0'; text += strspn(text, " ")) {
        size_t length = word_length(text), width = shown_width(text, length);

        if (!glued && column + 1 + width > SHOWN_WIDTH) {
            fprintf(file, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!glued) {
            fputc(' ', file);
            column++;
        }
        shown_print(file, text, length);
        column += width;
        glued = false;
        text += length;
    }
    return column;
}

/* -- words of a shell -------------------------------------------------------------------------- */

static bool is_plain(const char *word)
{
    static const char plain[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./=:,+@%";

    return *word && strspn(word, plain) == strlen(word);
}

/* In single quotes, where only the quote itself needs care. */
static void quote_visible(const char *word, char *quoted)
{
    size_t at = 0;

    quoted[at++] = '\'';
    for (; *word; word++) {
        if (*word == '\'') {
            memcpy(quoted + at, "'\\''", 4);
            at += 4;
        } else {
            quoted[at++] = *word;
        }
    }
    quoted[at] = '\'';
}

/* As $'...', with octal escapes for each byte of what cannot be seen. */
static void quote_hidden(const char *word, char *quoted)
{
    const char *end = word + strlen(word);
    size_t at = 2;

    memcpy(quoted, "$'", 2);
    while (word < end) {
        uint32_t code;
        size_t bytes = sim_utf8_next(word, (size_t)(end - word), &code);
        bool visible = sim_utf8_is_visible(code);

        if (*word == '\'' || *word == '\\')
            quoted[at++] = '\\';
        for (; bytes > 0; bytes--, word++) {
            unsigned byte = (unsigned char)*word;

            if (visible) {
                quoted[at++] = *word;
                continue;
            }
            quoted[at++] = '\\';
            quoted[at++] = (char)('0' + (byte >> 6));
            quoted[at++] = (char)('0' + (byte >> 3 & 7));
            quoted[at++] = (char)('0' + (byte & 7));
        }
    }
    quoted[at] = '\'';
}

static bool is_visible(const char *word)
{
    for (const char *end = word + strlen(word); word < end;) {
        uint32_t code;

        word += sim_utf8_next(word, (size_t)(end - word), &code);
        if (!sim_utf8_is_visible(code))
            return false;
    }
    return true;
}

char *shown_word(const char *word)
{
    char *quoted;

    if (is_plain(word))
        return sim_copy_text(word);
    quoted = sim_alloc(strlen(word) * 4 + 4); /* zeroed: the text ends */
    if (is_visible(word))
        quote_visible(word, quoted);
    else
        quote_hidden(word, quoted);
    return quoted;
}
