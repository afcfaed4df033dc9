#include "tools/orrery/turns.h"

#include "sim/core/mem.h"
#include "tools/orrery/interval.h"
#include "tools/orrery/shown.h"

#include <string.h>

enum { BAR = 24, TURNS_SHOWN_MAX = 20 };

/* What became of one expectation in a cell. */
struct share {
    uint64_t holds, decided;
};

/* A verdict turns between two cells, which differ by the values FROM and TO of KEY. */
struct turn {
    const char *expectation;
    size_t before, behind;
    const char *key, *from, *to; /* within the names of the cells */
    size_t key_length, from_length, to_length;
    struct share shares[2];
    bool is_apart; /* it cannot be chance: the intervals do not overlap */
};

/* What is done with each turn that is found. */
struct teller {
    void (*tell)(const struct campaign *campaign, const struct turn *turn, size_t nth,
                 void *context);
    void *context;
};

static struct share share_of(const struct summary_cell *cell, const char *expectation)
{
    for (size_t i = 0; i < cell->verdict_count; i++) {
        const struct summary_verdict *verdict = &cell->verdicts[i];

        if (verdict->expectation == expectation)
            return (struct share){ verdict->count[SIM_HOLDS],
                                   verdict->count[SIM_HOLDS] + verdict->count[SIM_BROKEN] };
    }
    return (struct share){ 0, 0 };
}

static bool mostly_holds(struct share share)
{
    return 2 * share.holds > share.decided;
}

static bool mostly_violated(struct share share)
{
    return 2 * share.holds < share.decided;
}

static struct interval interval_of(struct share share)
{
    return interval_of_share(share.holds, share.decided);
}

/* -- neighbours -------------------------------------------------------------------------------- */

/* If the names of two cells differ by the value of one key, that is put into TURN. */
static bool differ_by_one(const char *a, const char *b, struct turn *turn)
{
    size_t differences = 0;

    while (*a != '\0' && *b != '\0') {
        const size_t of_a = matrix_set_length(a), of_b = matrix_set_length(b);

        if (of_a != of_b || memcmp(a, b, of_a) != 0) {
            const size_t key = strcspn(a, "=");

            if (key >= of_a || key >= of_b || memcmp(a, b, key + 1) != 0 || differences++ > 0)
                return false;
            turn->key = a;
            turn->key_length = key;
            turn->from = a + key + 1;
            turn->from_length = of_a - key - 1;
            turn->to = b + key + 1;
            turn->to_length = of_b - key - 1;
        }
        a += of_a + (a[of_a] == ',');
        b += of_b + (b[of_b] == ',');
    }
    return differences == 1 && *a == *b;
}

/* The keys of which CELL's neighbours behind it were found: each has one, the first. */
static bool is_new_key(const struct turn *turn, const struct turn *found, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (found[i].key_length == turn->key_length &&
            memcmp(found[i].key, turn->key, turn->key_length) == 0)
            return false;
    return true;
}

/* The neighbours behind CELL, one of each key; how many. */
static size_t find_neighbours(const struct campaign *campaign, size_t cell, struct turn *found,
                              size_t most)
{
    size_t count = 0;

    for (size_t other = cell + 1; other < campaign->cell_count && count < most; other++) {
        struct turn *turn = &found[count];

        *turn = (struct turn){ .before = cell, .behind = other };
        if (differ_by_one(campaign->cells[cell].name, campaign->cells[other].name, turn))
            count += is_new_key(turn, found, count);
    }
    return count;
}

static size_t count_keys(const char *name)
{
    size_t count = 0;

    for (; *name != '\0'; count++) {
        name += matrix_set_length(name);
        name += *name == ',';
    }
    return count;
}

/* Tells each turn; returns how many there are. */
static size_t find_turns(const struct summary *summary, const struct campaign *campaign,
                         const char *expectation, const struct teller *teller)
{
    size_t count = 0;

    if (campaign->cell_count < 2 || campaign->cells[0].name == NULL)
        return 0;
    const size_t most = count_keys(campaign->cells[0].name);
    struct turn *found = sim_alloc_array(most + 1, sizeof(*found));

    for (size_t c = 0; c < campaign->cell_count; c++) {
        const size_t neighbours = find_neighbours(campaign, c, found, most);

        for (size_t i = 0; i < neighbours; i++) {
            struct turn *turn = &found[i];
            const struct share a = share_of(&summary->cells[c], expectation);
            const struct share b = share_of(&summary->cells[turn->behind], expectation);

            if (!(mostly_holds(a) && mostly_violated(b)) &&
                !(mostly_violated(a) && mostly_holds(b)))
                continue;
            const struct interval low = interval_of(a), high = interval_of(b);

            turn->expectation = expectation;
            turn->shares[0] = a;
            turn->shares[1] = b;
            turn->is_apart = low.high < high.low || high.high < low.low;
            teller->tell(campaign, turn, count++, teller->context);
        }
    }
    sim_free(found);
    return count;
}

/* Each expectation once: where it stands first. */
static bool is_first(const struct summary *summary, size_t cell, size_t index)
{
    const char *expectation = summary->cells[cell].verdicts[index].expectation;

    for (size_t c = 0; c <= cell; c++) {
        const size_t count = c < cell ? summary->cells[c].verdict_count : index;

        for (size_t i = 0; i < count; i++)
            if (summary->cells[c].verdicts[i].expectation == expectation)
                return false;
    }
    return true;
}

/* -- to a person ------------------------------------------------------------------------------- */

static void print_row(const struct campaign *campaign, size_t cell, struct share share, FILE *file)
{
    const struct interval interval = interval_of(share);
    char text[INTERVAL_TEXT], bar[BAR + 1];
    size_t filled = 0;

    if (share.decided > 0)
        filled = (size_t)((share.holds * BAR + share.decided / 2) / share.decided);
    memset(bar, ' ', BAR);
    memset(bar, '#', filled);
    bar[BAR] = '\0';
    fprintf(file, "%8llu %8llu  %-13s  |%s|  ", (unsigned long long)share.holds,
            (unsigned long long)share.decided,
            share.decided > 0 ? interval_text(text, &interval) : "-", bar);
    shown_wrap(file, campaign->cells[cell].name, 61, 61);
    fputc('\n', file);
}

static void print_turn(const struct campaign *campaign, const struct turn *turn, size_t nth,
                       void *context)
{
    FILE *file = context;
    char *line, *cell = sim_copy_text("");

    if (count_keys(campaign->cells[turn->before].name) > 1) {
        sim_free(cell);
        cell = sim_format(" in %s", campaign->cells[turn->before].name);
    }
    line = sim_format("it turns between %.*s and %.*s of %.*s%s%s", (int)turn->from_length,
                      turn->from, (int)turn->to_length, turn->to, (int)turn->key_length, turn->key,
                      cell, turn->is_apart ? "" : ", which may be chance: the intervals overlap");
    if (nth < TURNS_SHOWN_MAX) {
        fputs("  ", file);
        shown_wrap(file, line, 2, 4);
        fputc('\n', file);
    }
    sim_free(line);
    sim_free(cell);
}

static void print_expectation(const struct summary *summary, const struct campaign *campaign,
                              const char *expectation, FILE *file)
{
    fputc('\n', file);
    shown_wrap(file, expectation, 0, 2);
    fputs("\n   holds  decided  95 % interval  share\n", file);
    for (size_t c = 0; c < summary->cell_count; c++)
        print_row(campaign, c, share_of(&summary->cells[c], expectation), file);

    const struct teller teller = { print_turn, file };
    const size_t count = find_turns(summary, campaign, expectation, &teller);

    if (count == 0)
        fputs("  it turns nowhere\n", file);
    if (count > TURNS_SHOWN_MAX)
        fprintf(file, "  and %zu more (--json has all)\n", count - TURNS_SHOWN_MAX);
}

/* Does it depend on the cell? */
static bool differs(const struct summary *summary, const char *expectation)
{
    bool holds = false, broken = false;

    for (size_t c = 0; c < summary->cell_count; c++) {
        const struct share share = share_of(&summary->cells[c], expectation);

        holds = holds || share.holds > 0;
        broken = broken || share.holds < share.decided;
    }
    return holds && broken;
}

void turns_print(const struct summary *summary, const struct campaign *campaign, FILE *file)
{
    if (campaign->cell_count < 2 || campaign->run_count == 0)
        return;
    for (size_t c = 0; c < summary->cell_count; c++)
        for (size_t i = 0; i < summary->cells[c].verdict_count; i++)
            if (is_first(summary, c, i) &&
                differs(summary, summary->cells[c].verdicts[i].expectation))
                print_expectation(summary, campaign, summary->cells[c].verdicts[i].expectation,
                                  file);
}

/* -- to a program ------------------------------------------------------------------------------ */

struct listing {
    struct sim_output *out;
    size_t count;
};

static void put_bytes(struct sim_output *out, const char *key, const char *bytes, size_t length)
{
    char *text = sim_format("%.*s", (int)length, bytes);

    sim_output_text(out, key);
    sim_output_string(out, text);
    sim_free(text);
}

static void put_side(struct sim_output *out, const char *key, const struct share *share)
{
    sim_output_text(out, key);
    sim_output_text(out, "{\"holds\":");
    sim_output_natural(out, share->holds);
    sim_output_text(out, ",\"decided\":");
    sim_output_natural(out, share->decided);
    sim_output_text(out, "}");
}

static void put_turn(const struct campaign *campaign, const struct turn *turn, size_t nth,
                     void *context)
{
    struct listing *listing = context;
    struct sim_output *out = listing->out;

    (void)nth;
    sim_output_text(out, listing->count++ > 0 ? ",{\"expectation\":" : "{\"expectation\":");
    sim_output_string(out, turn->expectation);
    put_bytes(out, ",\"key\":", turn->key, turn->key_length);
    put_bytes(out, ",\"from\":", turn->from, turn->from_length);
    put_bytes(out, ",\"to\":", turn->to, turn->to_length);
    sim_output_text(out, ",\"cells\":[");
    sim_output_string(out, campaign->cells[turn->before].name);
    sim_output_text(out, ",");
    sim_output_string(out, campaign->cells[turn->behind].name);
    sim_output_text(out, "]");
    put_side(out, ",\"before\":", &turn->shares[0]);
    put_side(out, ",\"behind\":", &turn->shares[1]);
    sim_output_text(out, turn->is_apart ? ",\"apart\":true}" : ",\"apart\":false}");
}

void turns_put_json(const struct summary *summary, const struct campaign *campaign,
                    struct sim_output *out)
{
    struct listing listing = { out, 0 };
    const struct teller teller = { put_turn, &listing };

    sim_output_text(out, "[");
    for (size_t c = 0; c < summary->cell_count; c++)
        for (size_t i = 0; i < summary->cells[c].verdict_count; i++)
            if (is_first(summary, c, i))
                find_turns(summary, campaign, summary->cells[c].verdicts[i].expectation, &teller);
    sim_output_text(out, "]");
}
