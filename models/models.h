/* models.h - every model there is.
 *
 * The table is written by the build from the files under models/: a model enters it by lying in its
 * folder, and no list is kept by hand. */
#ifndef MODELS_MODELS_H
#define MODELS_MODELS_H

struct sim_model;

/* Sorted by name, NULL-terminated. */
const struct sim_model *const *sim_models(void);

#endif
