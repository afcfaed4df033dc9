/* models.h - every model and every filter there is.
 *
 * The table is written by the build from the files under models/: who lies in its folder enters it,
 * and no list is kept by hand. */
#ifndef MODELS_MODELS_H
#define MODELS_MODELS_H

struct sim_filter;
struct sim_model;

/* Sorted by name, NULL-terminated. */
const struct sim_model *const *sim_models(void);
const struct sim_filter *const *sim_filters(void);

#endif
