#include "tools/orrery/compare_sentence.h"

#include <stdarg.h>

void sentence_add(struct sentence *sentence, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(sentence->text + sentence->used, sizeof(sentence->text) - sentence->used,
                       format, arguments);
    va_end(arguments);
    sentence->used += (size_t)length;
    if (sentence->used >= sizeof(sentence->text))
        sentence->used = sizeof(sentence->text) - 1;
}

void sentence_add_variant(struct sentence *sentence, const struct compared *variant)
{
    sentence_add(sentence, "%s%s", sentence->count++ > 0 ? ", " : "", variant->name);
}

void sentence_say(const char *heading, const struct sentence *sentence, bool markdown, FILE *file)
{
    compare_say(file, markdown, markdown ? "**%s** %s%s." : "%s %s%s.", heading,
                sentence->count > 0 ? "" : "none of these", sentence->text);
    if (!markdown)
        fputc('\n', file);
}
