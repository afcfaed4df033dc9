/* condition.h - until when an inspection goes on, as a person types it:
 *
 *   12.5s                      a time
 *   message append-entries     the next of what happens, by its sort, its name, or both;
 *   note commits at store-2    at a node or a group, if it is said
 *   store-2 role = leader      a field of the state of a node, or of some node of a group, with
 *   store commit >= 10         = != < <= > or >=
 *
 * Ownership: a condition owns its words; condition_finish. */
#ifndef TOOLS_ORRERY_CONDITION_H
#define TOOLS_ORRERY_CONDITION_H

#include "tools/orrery/inspection.h"

enum condition_kind { CONDITION_TIME, CONDITION_EVENT, CONDITION_STATE };
enum comparison { IS, IS_NOT, LESS, AT_MOST, MORE, AT_LEAST };

struct condition {
    enum condition_kind kind;
    sim_time time;
    char *words;             /* what SORT and WHAT point into */
    const char *sort, *what; /* of an event; NULL: any */
    uint32_t first, count;   /* the nodes; COUNT 0: any */
    const struct sim_field *field;
    enum comparison comparison;
    int64_t value;
};

enum { CONDITION_TEXT = 256 };

/* NULL, or what is wrong with WORDS, in TEXT. */
const char *condition_parse(struct condition *condition, const struct inspection *inspection,
                            const char *words, char text[CONDITION_TEXT]);
void condition_finish(struct condition *condition);
/* Whether it is met after a step behind which the chronicle has more than BEFORE moments. */
bool condition_is_met(const struct condition *condition, const struct inspection *inspection,
                      size_t before);

#endif
