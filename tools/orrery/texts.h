/* texts.h - texts kept once each: those of a campaign's runs are the same thousand times.
 *
 * Ownership: what texts_keep gives lives as long as the set; two texts that it gives are the same
 * if and only if their addresses are. */
#ifndef TOOLS_ORRERY_TEXTS_H
#define TOOLS_ORRERY_TEXTS_H

#include <stddef.h>

struct texts {
    char **slots; /* by hash, open */
    size_t count, capacity;
};

void texts_finish(struct texts *texts);
const char *texts_keep(struct texts *texts, const char *text); /* NULL stays NULL */

#endif
