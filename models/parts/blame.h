/* blame.h - what is wrong with an item of a list, for `check` and `fits` of models.
 *
 * Items are numbered from 1, as people count them. Ownership: TEXT is the caller's. Determinism:
 * nothing here draws. */
#ifndef MODELS_PARTS_BLAME_H
#define MODELS_PARTS_BLAME_H

#include "sim/world/model.h"

/* Writes "item 2: " and WHY into TEXT for ITEM 1, and returns NAME, the list to blame. */
const char *blame_item(char text[160], const char *name, uint32_t item, const char *why);

#endif
