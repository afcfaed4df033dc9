#define _POSIX_C_SOURCE 200809L
#include "tools/orrery/database.h"
#include "sim/core/mem.h"
#include "tools/orrery/database_sqlite.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { BATCH_RUNS = 1000, BATCH_MS = 200 };

enum statement {
    PUT_KEY,
    GET_KEY,
    PUT_CELL,
    PUT_OPTION,
    PUT_EXPECTATION,
    PUT_EXPECTED,
    PUT_RUN,
    PUT_VERDICT,
    PUT_METRIC,
    PUT_PLACE,
    STATEMENTS
};
_Static_assert((int)STATEMENTS == (int)DATABASE_STATEMENTS, "a place for each");

static const char *const statements[STATEMENTS] = {
    [PUT_KEY] = "INSERT OR REPLACE INTO campaign VALUES(?, ?)",
    [GET_KEY] = "SELECT value FROM campaign WHERE key = ?",
    [PUT_CELL] = "INSERT INTO cell VALUES(?, ?, ?)",
    [PUT_OPTION] = "INSERT INTO option VALUES(?, ?, ?, ?)",
    [PUT_EXPECTATION] = "INSERT OR IGNORE INTO expectation(text) VALUES(?)",
    [PUT_EXPECTED] = "INSERT INTO expected VALUES(?, ?,"
                     " (SELECT id FROM expectation WHERE text = ?))",
    [PUT_RUN] = "INSERT INTO run VALUES(?, ?, ?, ?, ?, ?, ?)",
    [PUT_VERDICT] = "INSERT INTO verdict VALUES(?, ?, ?,"
                    " (SELECT id FROM expectation WHERE text = ?), ?, ?, ?, ?, ?)",
    [PUT_METRIC] = "INSERT INTO metric VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
    [PUT_PLACE] = "INSERT INTO place VALUES(?, ?, ?, ?, ?, ?)",
};

/* One of the statements that are kept, ready to be bound; NULL after an error. */
static sqlite3_stmt *use(struct database *database, enum statement which)
{
    if (!database->prepared[which])
        database->prepared[which] = database_prepare(database, statements[which]);
    if (database->wrong)
        return NULL;
    sqlite3_reset(database->prepared[which]);
    sqlite3_clear_bindings(database->prepared[which]);
    return database->prepared[which];
}

static void bind_text(sqlite3_stmt *statement, int place, const char *text)
{
    if (text)
        sqlite3_bind_text(statement, place, text, -1, SQLITE_STATIC);
}

/* Negative: NULL. */
static void bind_figure(sqlite3_stmt *statement, int place, int64_t value)
{
    if (value >= 0)
        sqlite3_bind_int64(statement, place, value);
}

/* Of what gives no rows. */
static bool done(struct database *database, sqlite3_stmt *statement)
{
    int result = sqlite3_step(statement);

    sqlite3_reset(statement); /* else it would go on reading the caller's texts */
    return result == SQLITE_DONE || database_fail_by_sqlite(database);
}

static const char *column_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

/* -- keys -------------------------------------------------------------------------------------- */

static void put_text(struct database *database, const char *key, const char *value)
{
    sqlite3_stmt *statement = use(database, PUT_KEY);

    if (!statement)
        return;
    bind_text(statement, 1, key);
    bind_text(statement, 2, value);
    done(database, statement);
}

static void put_number(struct database *database, const char *key, int64_t value)
{
    sqlite3_stmt *statement = use(database, PUT_KEY);

    if (!statement)
        return;
    bind_text(statement, 1, key);
    sqlite3_bind_int64(statement, 2, value);
    done(database, statement);
}

static int64_t get_number(struct database *database, const char *key, int64_t otherwise)
{
    sqlite3_stmt *statement = use(database, GET_KEY);
    int64_t number = otherwise;

    if (!statement)
        return otherwise;
    bind_text(statement, 1, key);
    if (database_next(database, statement))
        number = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return number;
}

/* NULL if it is not there; kept in TEXTS. */
static const char *get_text(struct database *database, const char *key, struct texts *texts)
{
    sqlite3_stmt *statement = use(database, GET_KEY);
    const char *text = NULL;

    if (!statement)
        return NULL;
    bind_text(statement, 1, key);
    if (database_next(database, statement))
        text = texts_keep(texts, column_text(statement, 0));
    sqlite3_reset(statement);
    return text;
}

/* -- what the campaign is ---------------------------------------------------------------------- */

static char *effective_text(const struct sim_scenario *scenario, const struct options *options)
{
    char *text = NULL, time[SIM_TIME_TEXT];
    size_t size;
    FILE *file = open_memstream(&text, &size);

    assert(file);
    sim_scenario_print_effective(scenario, file);
    if (options->has_branch_at)
        fprintf(file, "# from %s on with the luck of other seeds\n",
                sim_time_text(time, options->branch_at));
    fclose(file);
    return text;
}

static void put_option(struct database *database, size_t cell, int64_t *n, const char *name,
                       const char *value)
{
    sqlite3_stmt *statement = use(database, PUT_OPTION);

    if (!statement)
        return;
    sqlite3_bind_int64(statement, 1, (int64_t)cell);
    sqlite3_bind_int64(statement, 2, (*n)++);
    bind_text(statement, 3, name);
    bind_text(statement, 4, value);
    done(database, statement);
}

/* What the line that repeats a run needs. */
static void put_options(struct database *database, size_t cell, const struct options *options)
{
    char number[32];
    int64_t n = 0;

    if (options->has_branch_at) {
        snprintf(number, sizeof(number), "%llu", (unsigned long long)options->seed);
        put_option(database, cell, &n, "seed", number);
        snprintf(number, sizeof(number), "%lld", (long long)options->branch_at);
        put_option(database, cell, &n, "branch-at", number);
    }
    if (options->variant)
        put_option(database, cell, &n, "variant", options->variant);
    if (options->fails_with)
        put_option(database, cell, &n, "fails-with", NULL);
    for (size_t i = 0; i < options->overlay_count; i++)
        put_option(database, cell, &n, "overlay", options->overlays[i]);
    for (size_t i = 0; i < options->set_count; i++)
        put_option(database, cell, &n, "set", options->sets[i]);
}

static void put_expectation(struct database *database, const char *text)
{
    sqlite3_stmt *statement = use(database, PUT_EXPECTATION);

    if (!statement)
        return;
    bind_text(statement, 1, text);
    done(database, statement);
}

static void put_cell(struct database *database, size_t index, const struct cell *cell)
{
    char *effective = effective_text(cell->scenario, &cell->options);
    sqlite3_stmt *statement = use(database, PUT_CELL);

    if (statement) {
        sqlite3_bind_int64(statement, 1, (int64_t)index);
        bind_text(statement, 2, cell->name);
        bind_text(statement, 3, effective);
        done(database, statement);
    }
    free(effective); /* the stream's */
    put_options(database, index, &cell->options);
    for (size_t i = 0; i < cell->expectation_count; i++) {
        put_expectation(database, cell->expectations[i]);
        if (!(statement = use(database, PUT_EXPECTED)))
            return;
        sqlite3_bind_int64(statement, 1, (int64_t)index);
        sqlite3_bind_int64(statement, 2, (int64_t)i);
        bind_text(statement, 3, cell->expectations[i]);
        done(database, statement);
    }
}

/* The cells of the file are those of CAMPAIGN. */
static bool has_same_cells(struct database *database, const struct campaign *campaign)
{
    sqlite3_stmt *statement =
        database_prepare(database, "SELECT effective FROM cell ORDER BY cell");
    size_t count = 0;
    bool same = true;

    for (; same && database_next(database, statement); count++) {
        const struct cell *cell = count < campaign->cell_count ? &campaign->cells[count] : NULL;
        char *effective = cell ? effective_text(cell->scenario, &cell->options) : NULL;

        same = effective && strcmp(effective, column_text(statement, 0)) == 0;
        free(effective);
    }
    sqlite3_finalize(statement);
    return same && count == campaign->cell_count;
}

/* -- outcomes ---------------------------------------------------------------------------------- */

/* "p99 12345678 0 50000000": name, value and bounds of each figure; a name may be empty. */
static char *measured_text(const struct outcome_verdict *verdict)
{
    char *text = sim_copy_text(""), *longer;

    for (uint32_t i = 0; i < verdict->measured_count; i++) {
        const struct sim_measured *one = &verdict->measured[i];

        longer = sim_format("%s%s%s %lld %lld %lld", text, i > 0 ? " " : "", one->name,
                            (long long)one->value, (long long)one->least, (long long)one->most);
        sim_free(text);
        text = longer;
    }
    return text;
}

/* TEXT as measured_text writes it. */
static void read_measured(struct campaign *campaign, const char *text,
                          struct outcome_verdict *verdict)
{
    verdict->over = text != NULL;
    while (text && *text && verdict->measured_count < SIM_VERDICT_MEASURED) {
        struct sim_measured *one = &verdict->measured[verdict->measured_count++];
        char *name = sim_format("%.*s", (int)strcspn(text, " "), text), *end;

        one->name = texts_keep(&campaign->texts, name);
        one->value = strtoll(text + strlen(name), &end, 10);
        one->least = strtoll(end, &end, 10);
        one->most = strtoll(end, &end, 10);
        sim_free(name);
        text = end + (*end == ' ');
    }
}

static void put_verdict(struct database *database, const struct outcome *outcome, size_t index)
{
    const struct outcome_verdict *verdict = &outcome->verdicts[index];
    sqlite3_stmt *statement;
    char *measured = NULL; /* of one run alone */

    put_expectation(database, verdict->expectation);
    if (!(statement = use(database, PUT_VERDICT)))
        return;
    sqlite3_bind_int64(statement, 1, outcome->cell);
    sqlite3_bind_int64(statement, 2, (int64_t)outcome->seed);
    sqlite3_bind_int64(statement, 3, (int64_t)index);
    bind_text(statement, 4, verdict->expectation);
    bind_text(statement, 5, sim_verdict_status_names[verdict->status]);
    bind_text(statement, 6, verdict->kind);
    bind_text(statement, 7, verdict->faults);
    bind_text(statement, 8, verdict->text);
    if (verdict->over)
        measured = measured_text(verdict);
    bind_text(statement, 9, measured);
    done(database, statement);
    sim_free(measured);
}

static void put_group(struct database *database, const struct outcome *outcome, size_t index)
{
    sqlite3_stmt *statement = use(database, PUT_METRIC);

    if (!statement)
        return;
    sqlite3_bind_int64(statement, 1, outcome->cell);
    sqlite3_bind_int64(statement, 2, (int64_t)outcome->seed);
    sqlite3_bind_int64(statement, 3, (int64_t)index);
    bind_text(statement, 4, outcome->groups[index].group);
    for (int i = 0; i < OUTCOME_FIGURES; i++)
        bind_figure(statement, 5 + i, outcome->groups[index].figures[i]);
    done(database, statement);
}

static void put_place(struct database *database, const struct outcome *outcome, size_t index)
{
    sqlite3_stmt *statement = use(database, PUT_PLACE);

    if (!statement)
        return;
    sqlite3_bind_int64(statement, 1, outcome->cell);
    sqlite3_bind_int64(statement, 2, (int64_t)outcome->seed);
    sqlite3_bind_int64(statement, 3, (int64_t)index);
    bind_text(statement, 4, outcome->places[index].group);
    bind_text(statement, 5, outcome->places[index].name);
    sqlite3_bind_int64(statement, 6, (int64_t)outcome->places[index].count);
    done(database, statement);
}

static void put_run(struct database *database, const struct outcome *outcome)
{
    sqlite3_stmt *statement = use(database, PUT_RUN);

    if (!statement)
        return;
    sqlite3_bind_int64(statement, 1, outcome->cell);
    sqlite3_bind_int64(statement, 2, (int64_t)outcome->seed);
    sqlite3_bind_int64(statement, 3, outcome->code);
    sqlite3_bind_int64(statement, 4, (int64_t)outcome->events);
    bind_text(statement, 5, outcome->death ? NULL : outcome->digest);
    bind_text(statement, 6, outcome->limit);
    bind_text(statement, 7, outcome->death);
    done(database, statement);
}

static int64_t milliseconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void end_batch(struct database *database)
{
    if (database->batch)
        database_execute(database, "COMMIT");
    database->batch = false;
}

bool database_add(struct database *database, const struct outcome *outcome)
{
    if (!database)
        return true;
    if (!database->batch) {
        database->batch = database_execute(database, "BEGIN");
        database->batch_runs = 0;
        database->batch_begun = milliseconds();
    }
    for (size_t i = 0; i < outcome->verdict_count; i++)
        put_verdict(database, outcome, i);
    for (size_t i = 0; i < outcome->group_count; i++)
        put_group(database, outcome, i);
    for (size_t i = 0; i < outcome->place_count; i++)
        put_place(database, outcome, i);
    put_run(database, outcome);
    if (++database->batch_runs >= BATCH_RUNS || milliseconds() - database->batch_begun >= BATCH_MS)
        end_batch(database);
    return !database->wrong;
}

/* -- what is stored ---------------------------------------------------------------------------- */

static int64_t figure_of(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? -1
               : sqlite3_column_int64(statement, column);
}

/* Where the row's run, by its first two columns, is put; SIZE_MAX: it is not asked for. */
static size_t place_of(const struct campaign *campaign, sqlite3_stmt *statement)
{
    return campaign_find(campaign, (uint64_t)sqlite3_column_int64(statement, 0),
                         (uint64_t)sqlite3_column_int64(statement, 1));
}

static void get_runs(struct database *database, struct campaign *campaign)
{
    sqlite3_stmt *statement = database_prepare(
        database, "SELECT cell, seed, exit, events, digest, limited, died FROM run");

    while (database_next(database, statement)) {
        size_t place = place_of(campaign, statement);
        struct outcome *outcome;
        const char *digest = column_text(statement, 4);

        if (place == SIZE_MAX)
            continue;
        outcome = sim_alloc(sizeof(*outcome));
        outcome->code = (enum exit_code)sqlite3_column_int(statement, 2);
        outcome->events = (uint64_t)sqlite3_column_int64(statement, 3);
        if (digest && strlen(digest) < sizeof(outcome->digest))
            memcpy(outcome->digest, digest, strlen(digest));
        outcome->limit = texts_keep(&campaign->texts, column_text(statement, 5));
        outcome->death = texts_keep(&campaign->texts, column_text(statement, 6));
        campaign_place(campaign, place, outcome);
    }
    sqlite3_finalize(statement);
}

static enum sim_verdict_status read_status(const char *text)
{
    int status = SIM_HOLDS;

    while (status < SIM_UNDECIDED && strcmp(sim_verdict_status_names[status], text) != 0)
        status++;
    return (enum sim_verdict_status)status;
}

static void get_verdicts(struct database *database, struct campaign *campaign)
{
    sqlite3_stmt *statement = database_prepare(
        database, "SELECT cell, seed, e.text, status, kind, faults, v.text, measured"
                  " FROM verdict v"
                  " JOIN expectation e ON e.id = v.expectation ORDER BY cell, seed, n");

    while (database_next(database, statement)) {
        size_t place = place_of(campaign, statement);
        struct outcome *outcome = place == SIZE_MAX ? NULL : campaign->outcomes[place];
        struct outcome_verdict *verdict;
        const char *text = column_text(statement, 6);

        if (!outcome)
            continue;
        outcome->verdicts =
            sim_resize(outcome->verdicts, outcome->verdict_count * sizeof(*outcome->verdicts),
                       (outcome->verdict_count + 1) * sizeof(*outcome->verdicts));
        verdict = &outcome->verdicts[outcome->verdict_count++];
        verdict->expectation = texts_keep(&campaign->texts, column_text(statement, 2));
        verdict->status = read_status(column_text(statement, 3));
        verdict->kind = texts_keep(&campaign->texts, column_text(statement, 4));
        verdict->faults = texts_keep(&campaign->texts, column_text(statement, 5));
        verdict->text = text ? sim_copy_text(text) : NULL;
        read_measured(campaign, column_text(statement, 7), verdict);
    }
    sqlite3_finalize(statement);
}

static void get_groups(struct database *database, struct campaign *campaign)
{
    sqlite3_stmt *statement =
        database_prepare(database, "SELECT cell, seed, \"group\", availability, p50, p99,"
                                   " ok_per_1000s FROM metric ORDER BY cell, seed, n");

    while (database_next(database, statement)) {
        size_t place = place_of(campaign, statement);
        struct outcome *outcome = place == SIZE_MAX ? NULL : campaign->outcomes[place];
        struct outcome_group *group;

        if (!outcome)
            continue;
        outcome->groups =
            sim_resize(outcome->groups, outcome->group_count * sizeof(*outcome->groups),
                       (outcome->group_count + 1) * sizeof(*outcome->groups));
        group = &outcome->groups[outcome->group_count++];
        group->group = texts_keep(&campaign->texts, column_text(statement, 2));
        for (int i = 0; i < OUTCOME_FIGURES; i++)
            group->figures[i] = figure_of(statement, 3 + i);
    }
    sqlite3_finalize(statement);
}

static void get_places(struct database *database, struct campaign *campaign)
{
    sqlite3_stmt *statement = database_prepare(
        database, "SELECT cell, seed, \"group\", name, count FROM place ORDER BY cell, seed, n");

    while (database_next(database, statement)) {
        size_t at = place_of(campaign, statement);
        struct outcome *outcome = at == SIZE_MAX ? NULL : campaign->outcomes[at];
        struct outcome_place *place;

        if (!outcome)
            continue;
        outcome->places =
            sim_resize(outcome->places, outcome->place_count * sizeof(*outcome->places),
                       (outcome->place_count + 1) * sizeof(*outcome->places));
        place = &outcome->places[outcome->place_count++];
        place->group = texts_keep(&campaign->texts, column_text(statement, 2));
        place->name = texts_keep(&campaign->texts, column_text(statement, 3));
        place->count = (uint64_t)sqlite3_column_int64(statement, 4);
    }
    sqlite3_finalize(statement);
}

static bool get_outcomes(struct database *database, struct campaign *campaign)
{
    get_runs(database, campaign);
    get_verdicts(database, campaign);
    get_groups(database, campaign);
    get_places(database, campaign);
    return !database->wrong;
}

/* -- a campaign's begin and end ---------------------------------------------------------------- */

static void put_campaign(struct database *database, const struct campaign *campaign)
{
    put_text(database, "version", ORRERY_VERSION);
    put_text(database, "scenario", campaign->name);
    put_text(database, "file", campaign->path);
    for (size_t i = 0; i < campaign->cell_count; i++)
        put_cell(database, i, &campaign->cells[i]);
}

/* What this sweep asks for; nothing of it is done yet. */
static void put_range(struct database *database, const struct campaign *campaign)
{
    put_number(database, "first", (int64_t)campaign->first);
    put_number(database, "last", (int64_t)campaign->last);
    put_number(database, "open", campaign->open);
    put_number(database, "shard", (int64_t)campaign->shard);
    put_number(database, "shards", (int64_t)campaign->shards);
    put_number(database, "end", CAMPAIGN_INTERRUPTED);
    put_number(database, "runs", -1);
}

bool database_begin(struct database *database, struct campaign *campaign)
{
    const char *version;

    if (!database)
        return true;
    if (!database_execute(database, "BEGIN"))
        return false;
    version = get_text(database, "version", &campaign->texts);
    if (!version)
        put_campaign(database, campaign);
    else if (strcmp(version, ORRERY_VERSION) != 0)
        database_fail(database, "its runs are of another version of orrery: use another file");
    else if (!has_same_cells(database, campaign))
        database_fail(database, "it holds the runs of another scenario, or of this one with other "
                                "overrides: use another file");
    put_range(database, campaign);
    return database_execute(database, "COMMIT") && get_outcomes(database, campaign);
}

bool database_end(struct database *database, const struct campaign *campaign)
{
    if (!database)
        return true;
    if (!database->batch)
        database->batch = database_execute(database, "BEGIN");
    put_number(database, "end", campaign->end);
    put_number(database, "runs", (int64_t)campaign->run_count);
    end_batch(database);
    return !database->wrong;
}

/* -- a campaign without its scenario ----------------------------------------------------------- */

/* What expectations ask for that speak of many runs stands in the scenario alone. False if
 * EFFECTIVE is none. */
static bool restore_scenario(struct cell *cell, const char *effective)
{
    struct sim_catalogue all = catalogue();
    struct sim_diagnostics *diagnostics;

    if (!strstr(effective, "over:"))
        return true;
    diagnostics = sim_diagnostics_create();
    cell->scenario = sim_scenario_parse(&all, cell->options.path, effective, strlen(effective),
                                        NULL, diagnostics);
    sim_diagnostics_destroy(diagnostics);
    return cell->scenario != NULL;
}

static void get_cells(struct database *database, struct campaign *campaign)
{
    sqlite3_stmt *statement =
        database_prepare(database, "SELECT name, effective FROM cell ORDER BY cell");
    int64_t count = database_number(database, "SELECT count(*) FROM cell", 0);

    campaign->cells = sim_alloc_array((size_t)count, sizeof(*campaign->cells));
    while ((int64_t)campaign->cell_count < count && database_next(database, statement)) {
        struct cell *cell = &campaign->cells[campaign->cell_count++];
        const char *name = column_text(statement, 0);

        cell->name = name ? sim_copy_text(name) : NULL;
        cell->options = (struct options){ .path = campaign->path };
        if (!restore_scenario(cell, column_text(statement, 1)))
            database_fail(database, "the scenario in it cannot be read");
    }
    sqlite3_finalize(statement);
}

static void add_text(const char ***list, size_t *count, const char *text)
{
    *list =
        sim_resize(*list, *list ? (*count + 1) * sizeof(**list) : 0, (*count + 2) * sizeof(**list));
    (*list)[(*count)++] = text;
    (*list)[*count] = NULL;
}

static void set_branch(struct options *options, sim_time at)
{
    options->has_branch_at = options->has_branch_seed = true;
    options->branch_at = at;
}

static void get_options(struct database *database, struct campaign *campaign)
{
    sqlite3_stmt *statement =
        database_prepare(database, "SELECT cell, name, value FROM option ORDER BY cell, n");

    while (database_next(database, statement)) {
        size_t index = (size_t)sqlite3_column_int64(statement, 0);
        const char *name = column_text(statement, 1);
        const char *value = texts_keep(&campaign->texts, column_text(statement, 2));
        struct options *options;

        if (index >= campaign->cell_count)
            continue;
        options = &campaign->cells[index].options;
        if (strcmp(name, "set") == 0)
            add_text(&options->sets, &options->set_count, value);
        else if (strcmp(name, "overlay") == 0)
            add_text(&options->overlays, &options->overlay_count, value);
        else if (strcmp(name, "variant") == 0)
            options->variant = value;
        else if (strcmp(name, "fails-with") == 0)
            options->fails_with = true;
        else if (strcmp(name, "seed") == 0)
            options->seed = (uint64_t)sqlite3_column_int64(statement, 2);
        else if (strcmp(name, "branch-at") == 0)
            set_branch(options, sqlite3_column_int64(statement, 2));
    }
    sqlite3_finalize(statement);
}

static void get_expectations(struct database *database, struct campaign *campaign)
{
    sqlite3_stmt *statement =
        database_prepare(database, "SELECT cell, text FROM expected JOIN expectation"
                                   " ON id = expectation ORDER BY cell, n");

    while (database_next(database, statement)) {
        size_t index = (size_t)sqlite3_column_int64(statement, 0);

        if (index < campaign->cell_count)
            add_text(&campaign->cells[index].expectations,
                     &campaign->cells[index].expectation_count,
                     texts_keep(&campaign->texts, column_text(statement, 1)));
    }
    sqlite3_finalize(statement);
}

/* Unless the caller asks for other seeds. */
static void get_range(struct database *database, struct campaign *campaign)
{
    campaign->first = (uint64_t)get_number(database, "first", 1);
    campaign->last = (uint64_t)get_number(database, "last", 1);
    campaign->open = get_number(database, "open", 0) != 0;
    campaign->shard = (uint64_t)get_number(database, "shard", 0);
    campaign->shards = (uint64_t)get_number(database, "shards", 0);
}

bool database_restore(struct database *database, struct campaign *campaign)
{
    bool asked = campaign->last > 0; /* for certain seeds */
    int64_t runs;

    campaign->name = get_text(database, "scenario", &campaign->texts);
    campaign->path = get_text(database, "file", &campaign->texts);
    if (!campaign->name || !campaign->path)
        return database_fail(database, "no sweep was ever begun in it");
    if (!asked)
        get_range(database, campaign);
    get_cells(database, campaign);
    get_options(database, campaign);
    if (campaign_branches(campaign) && campaign->cells[0].name)
        campaign->scan.count = campaign->cell_count;
    get_expectations(database, campaign);
    if (!get_outcomes(database, campaign))
        return false;
    runs = asked ? -1 : get_number(database, "runs", -1);
    campaign->end =
        campaign->run_count >= campaign_total(campaign) ? CAMPAIGN_WHOLE : CAMPAIGN_INTERRUPTED;
    if (runs >= 0) {
        campaign->end = (enum campaign_end)get_number(database, "end", campaign->end);
        campaign->run_count =
            (size_t)runs < campaign->run_count ? (size_t)runs : campaign->run_count;
    }
    campaign->run_count -= campaign->run_count % campaign->cell_count;
    return !database->wrong;
}
