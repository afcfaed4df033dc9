/* compare_sentence.h - a conclusion that names variants. */
#ifndef TOOLS_ORRERY_COMPARE_SENTENCE_H
#define TOOLS_ORRERY_COMPARE_SENTENCE_H

#include "tools/orrery/compare_text.h"

/* Zeroed: nothing is said. What does not fit is cut off. */
struct sentence {
    char text[3500];
    size_t used, count; /* COUNT: of variants named */
};

void sentence_add(struct sentence *sentence, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void sentence_add_variant(struct sentence *sentence, const struct compared *variant);
/* With nobody named, what the sentence has is a remark. */
void sentence_say(const char *heading, const struct sentence *sentence, bool markdown, FILE *file);

#endif
