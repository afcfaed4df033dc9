/* database.h - a campaign's results in an SQLite file.
 *
 * What is stored is what is told: the runs with their verdicts and figures, the effective scenario
 * of every cell, the version, and the options that the line which repeats a run needs. So the table
 * can be printed from the file alone, a campaign that was killed goes on where it stopped, and the
 * parts that several machines did can be merged. One file holds one campaign: other seeds of it may
 * be added, another scenario or version may not, for their runs could not be compared.
 *
 * Runs are written in batches, a transaction each, as they come in; what a kill takes with it is
 * done again, and nothing twice. The tables stand in database.c, to be queried by anybody.
 *
 * Where SQLite was not found, opening says so (database_missing.c).
 *
 * Ownership: opened and closed by the caller.
 * Errors: the first is printed; from then on every call does nothing and returns false. */
#ifndef TOOLS_ORRERY_DATABASE_H
#define TOOLS_ORRERY_DATABASE_H

#include "tools/orrery/campaign.h"

struct database;

/* MAKE: it is created if it does not exist, and nobody else may write it meanwhile. NULL after an
 * error. */
struct database *database_open(const char *path, bool make);
bool database_close(struct database *database); /* NULL is fine */

/* Takes the loaded CAMPAIGN into the file, or finds that it is there already, and gives it the
 * outcomes that are stored. */
bool database_begin(struct database *database, struct campaign *campaign);
bool database_add(struct database *database, const struct outcome *outcome);
/* CAMPAIGN has ended. */
bool database_end(struct database *database, const struct campaign *campaign);

/* The other way round: fills CAMPAIGN, of which nothing but perhaps the seeds is set, from the
 * file, without scenarios. It is as if it had just ended. */
bool database_restore(struct database *database, struct campaign *campaign);

/* Adds all of the file PATH, which must be of the same campaign unless DATABASE is empty. */
bool database_merge(struct database *database, const char *path);

#endif
