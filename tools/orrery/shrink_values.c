/* shrink_values.c - what need not be said at all, and what can be said with fewer digits. */
#define _POSIX_C_SOURCE 200809L
#include "models/models.h"
#include "tools/orrery/shrink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* All places of a tree that a pass may touch. */
struct places {
    struct edit_path *paths;
    size_t count, capacity;
};

/* A number of what luck is written out as. */
static bool is_decision(const struct sim_tree *root, const struct edit_path *path)
{
    enum { ENTRY = 3 }; /* luck, draws or messages, position */

    return strcmp(root->keys[path->at[0]], "luck") == 0 && path->depth > ENTRY;
}

/* The bugs that were planted, or the only one of them: a run that fails without is another failure,
 * of something that is right, such as what no correct system does while it is cut off. */
static bool is_planted(const struct sim_tree *root, const struct edit_path *path)
{
    struct edit_path list = *path;
    const char *key = edit_key(root, path);

    if (key == NULL && path->depth > 1) {
        list.depth--;
        key = edit_key(root, &list);
        return key != NULL && strcmp(key, "bugs") == 0 && edit_at(root, &list)->count == 1;
    }
    return key != NULL && strcmp(key, "bugs") == 0;
}

/* What a scenario is: not up for removal. */
static bool is_fixed(const struct sim_tree *root, const struct edit_path *path)
{
    static const char *const fixed[] = { "version", "name", "duration", "expect", "seed", "luck" };
    const char *key = root->keys[path->at[0]], *last = edit_key(root, path);

    /* without these clients would draw what they do, and more of it */
    if (last != NULL && (strcmp(last, "operations") == 0 || strcmp(last, "rate") == 0))
        return true;
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        if (strcmp(key, fixed[i]) == 0)
            return !is_decision(root, path);
    if (is_planted(root, path))
        return true;
    return path->depth == 1 && strcmp(key, "nodes") == 0;
}

static void find_places(struct places *places, const struct sim_tree *root)
{
    enum { ENTRIES_MOST = 40 }; /* of a list, or it is not worth polishing yet */
    struct edit_path path = { .depth = 0 };
    bool more = edit_next(root, &path);

    places->count = 0;
    for (; more; more = edit_next(root, &path)) {
        while (more && edit_at(root, &path)->kind == SIM_SEQUENCE &&
               edit_at(root, &path)->count > ENTRIES_MOST)
            more = edit_skip(root, &path);
        if (!more)
            break;
        if (is_fixed(root, &path))
            continue;
        places->paths =
            sim_grow(places->paths, &places->capacity, places->count + 1, sizeof(*places->paths));
        places->paths[places->count++] = path;
    }
}

/* Tries the candidates of PLACES, EACH for a place, from the first to the last; a place that is
 * done with is not come back to. AGAIN: what follows it takes its place. */
static bool try_places(struct shrink *shrink, struct places *places, struct shrink_pass *pass,
                       size_t each, bool again)
{
    bool any = false;
    size_t found = 0;

    for (;;) {
        find_places(places, shrink->best);
        pass->count = places->count * each;
        if (found >= pass->count)
            break;
        found = shrink_first(shrink, pass, found, 0);
        if (found == SIZE_MAX)
            break;
        any = true;
        found = (found / each + !again) * each;
    }
    sim_free(places->paths);
    return any;
}

/* -- keys and items ---------------------------------------------------------------------------- */

static struct sim_tree *without_place(struct shrink *shrink, void *context, size_t index)
{
    const struct places *places = context;

    return edit_put(shrink->arena, shrink->best, &places->paths[index], NULL);
}

bool shrink_keys(struct shrink *shrink)
{
    struct places places = { 0 };
    struct shrink_pass pass = { without_place, &places, 0 };

    return try_places(shrink, &places, &pass, 1, true);
}

/* -- values ------------------------------------------------------------------------------------ */

enum { PROPOSALS = 6 };

/* The number that TEXT begins with, rounded to DIGITS that count, and its unit; false: it has no
 * more. */
static bool round_text(const char *text, int digits, char *to, size_t size)
{
    size_t length = strspn(text, "0123456789."), zeros = strspn(text, "0.");
    int counted = 0;
    char *end;
    char shorter[400];

    if (length == 0 || text[0] == '.' || strstr(text, ".."))
        return false;
    for (size_t i = zeros; i < length; i++)
        counted += text[i] != '.';
    if (counted <= digits)
        return false;
    snprintf(shorter, sizeof(shorter), "%.*g", digits, strtod(text, &end));
    if (strchr(shorter, 'e'))
        snprintf(shorter, sizeof(shorter), "%.0f", strtod(shorter, NULL));
    snprintf(to, size, "%s%s", shorter, text + length);
    return strcmp(to, text) != 0;
}

/* Of a scalar: an end of its range, a small number, fewer digits. */
static bool propose(const char *text, size_t proposal, char *to, size_t size)
{
    static const char *const small[] = { "1", "2", "3" };
    const char *dots = strstr(text, "..");

    if (dots && proposal == 0)
        return snprintf(to, size, "%.*s", (int)(dots - text), text) > 0;
    if (dots && proposal == 1)
        return snprintf(to, size, "%s", dots + 2) > 0;
    if (dots)
        return false;
    if (proposal < 3 && strspn(text, "0123456789") == strlen(text) && strlen(text) < 10 &&
        strtoul(text, NULL, 10) > strtoul(small[proposal], NULL, 10))
        return snprintf(to, size, "%s", small[proposal]) > 0;
    return proposal >= 3 && round_text(text, (int)proposal - 2, to, size);
}

static struct sim_tree *with_value(struct shrink *shrink, void *context, size_t index)
{
    static const char *const spans[] = { "1ms", "10ms", "100ms" };
    static const char *const forms[] = { "lognormal", "exponential", "normal", "pareto",
                                         "weibull",   "gamma",       "mix" };
    const struct places *places = context;
    const struct edit_path *path = &places->paths[index / PROPOSALS];
    const struct sim_tree *value = edit_at(shrink->best, path);
    const size_t proposal = index % PROPOSALS;
    char text[512];

    if (value->kind == SIM_SCALAR && !value->quoted && strlen(value->text) < 64 &&
        propose(value->text, proposal, text, sizeof(text)))
        return edit_put(shrink->arena, shrink->best, path, edit_scalar(shrink->arena, text));
    for (size_t i = 0; value->kind == SIM_MAPPING && value->count == 1 && proposal < 3 &&
                       i < sizeof(forms) / sizeof(forms[0]);
         i++)
        if (strcmp(value->keys[0], forms[i]) == 0)
            return edit_put(shrink->arena, shrink->best, path,
                            edit_scalar(shrink->arena, spans[proposal]));
    return NULL;
}

bool shrink_values(struct shrink *shrink)
{
    struct places places = { 0 };
    struct shrink_pass pass = { with_value, &places, 0 };

    return try_places(shrink, &places, &pass, PROPOSALS, false);
}

/* -- defaults ---------------------------------------------------------------------------------- */

static struct sim_document *parse(const char *text, size_t length)
{
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_document *document =
        sim_document_parse("effective", text, length, NULL, diagnostics);

    sim_diagnostics_destroy(diagnostics);
    return document;
}

/* TREE with all that goes without saying; NULL: it is no scenario. */
static struct sim_document *effective(const struct sim_tree *tree)
{
    struct sim_catalogue all = catalogue();
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct sim_document *document = NULL;
    char *text = NULL, *whole = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&text, &length);

    assert(file);
    sim_tree_print(tree, file);
    fclose(file);
    struct sim_scenario *scenario =
        sim_scenario_parse(&all, "shrunk.yaml", text, length, NULL, diagnostics);
    sim_diagnostics_destroy(diagnostics);
    free(text);
    if (!scenario)
        return NULL;
    file = open_memstream(&whole, &length);
    assert(file);
    sim_scenario_print_effective(scenario, file);
    fclose(file);
    sim_scenario_destroy(scenario);
    document = parse(whole, length);
    free(whole);
    return document;
}

/* Whatever the order of keys. */
static bool is_same(const struct sim_tree *a, const struct sim_tree *b)
{
    if (a == NULL || b == NULL || a->kind != b->kind)
        return a == b;
    if (a->kind == SIM_SCALAR)
        return strcmp(a->text, b->text) == 0;
    if (a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++) {
        const struct sim_tree *other =
            a->kind == SIM_MAPPING ? sim_tree_get(b, a->keys[i]) : b->items[i];

        if (!is_same(a->items[i], other))
            return false;
    }
    return true;
}

/* Lists of operations say nothing about other keys, and take long to read. */
static struct sim_tree *without_operations(struct shrink *shrink, struct sim_tree *tree)
{
    static const char *const nodes_key[] = { "nodes", NULL };
    struct sim_tree *nodes = edit_get(tree, nodes_key);

    for (uint32_t g = 0; nodes != NULL && g < nodes->count; g++) {
        const char *const keys[] = { "nodes", nodes->keys[g], "operations", NULL };
        struct sim_tree *list = edit_get(tree, keys);

        if (list != NULL && list->kind == SIM_SEQUENCE && list->count > 1)
            tree = edit_set_deep(shrink->arena, tree, keys,
                                 edit_cut(shrink->arena, list, 1, list->count - 1));
    }
    return tree;
}

/* What has a list that is long has no time for this. */
static bool is_worth_looking(const struct sim_tree *root, const struct edit_path *path)
{
    enum { FAULTS_MOST = 20 };
    const char *top = root->keys[path->at[0]], *key = edit_key(root, path);
    const struct sim_tree *tree = edit_at(root, path);

    if (strcmp(top, "luck") == 0 || (key != NULL && strcmp(key, "operations") == 0))
        return false;
    return path->depth > 1 || tree->kind != SIM_SEQUENCE || tree->count <= FAULTS_MOST;
}

/* Removes what the loader puts there itself: no run is needed to see that nothing changes. */
bool shrink_defaults(struct shrink *shrink)
{
    struct edit_path path = { .depth = 0 };
    struct sim_document *whole = effective(without_operations(shrink, shrink->best));
    bool more = whole != NULL && edit_next(shrink->best, &path), any = false;

    while (more) {
        struct sim_tree *without;
        struct sim_document *other = NULL;

        if (!is_worth_looking(shrink->best, &path)) {
            more = edit_skip(shrink->best, &path);
            continue;
        }
        without = edit_put(shrink->arena, shrink->best, &path, NULL);
        if (edit_key(shrink->best, &path) != NULL)
            other = effective(without_operations(shrink, without));
        if (other != NULL && is_same(sim_document_root(other), sim_document_root(whole))) {
            struct edit_path up = path;

            up.depth--; /* what follows has taken its place, if anything does */
            more = path.at[up.depth] < edit_at(without, &up)->count;
            shrink->best = without;
            any = true;
            if (!more) {
                path = up;
                more = edit_skip(without, &path);
            }
        } else {
            more = edit_next(shrink->best, &path);
        }
        sim_document_destroy(other);
    }
    sim_document_destroy(whole);
    return any;
}
