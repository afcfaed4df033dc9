/* check_linear_oracle.c - is the oracle of linearizability right? Known verdicts, and all histories
 * of three operations and many random ones judged a second time.
 *
 * The second judge shares nothing with the oracle: it lists every permutation of every choice of
 * open operations, drops those that break the order of real time, and asks of each operation what
 * its answer should be from the whole past before it, without a state. */
#include "tests/lib/linear_oracle.h"
#include "tests/lib/linear_random.h"
#include "tests/lib/linear_rows.h"

#include <assert.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- the second judge -------------------------------------------------------------------------- */

enum { PERMUTED_MAX = 7 };

struct order {
    const struct sim_linear_operation *ops[PERMUTED_MAX];
    size_t count;
    int64_t initial;
};

/* What happened to a key since it was last replaced as a whole. */
struct past {
    size_t since;
    int64_t base;
    unsigned adds, elements, members, acquired, released;
    uint64_t sum;
};

static struct past past_of(const struct order *order, size_t at)
{
    struct past past = { .base = order->initial };

    for (size_t i = 0; i < at; i++) {
        const struct sim_linear_operation *op = order->ops[i];

        if (op->key != order->ops[at]->key)
            continue;
        if (op->kind == SIM_LINEAR_WRITE || op->kind == SIM_LINEAR_CAS ||
            op->kind == SIM_LINEAR_DELETE) {
            past = (struct past){ .since = i + 1 };
            past.base = op->kind == SIM_LINEAR_WRITE ? op->argument
                        : op->kind == SIM_LINEAR_CAS ? op->second
                                                     : SIM_NIL;
        }
        past.adds += op->kind == SIM_LINEAR_ADD;
        past.elements += op->kind == SIM_LINEAR_APPEND;
        past.members += op->kind == SIM_LINEAR_INSERT;
        past.acquired += op->kind == SIM_LINEAR_ACQUIRE;
        past.released += op->kind == SIM_LINEAR_RELEASE;
        if (op->kind == SIM_LINEAR_ADD)
            past.sum += (uint64_t)op->argument;
    }
    return past;
}

static bool is_number(const struct past *past)
{
    return past->base != SIM_NIL || past->adds > 0;
}

static int64_t number_of(const struct past *past)
{
    return (int64_t)((past->base == SIM_NIL ? 0 : (uint64_t)past->base) + past->sum);
}

static bool is_nothing(const struct past *past)
{
    return !is_number(past) && past->elements == 0 && past->members == 0 &&
           past->acquired == past->released;
}

static bool is_value(const struct past *past, int64_t value)
{
    return is_nothing(past) ? value == SIM_NIL : is_number(past) && value == number_of(past);
}

/* The elements that ORDER appended since, in order, and no other. */
static bool is_list_of(const struct order *order, const struct past *past, size_t at)
{
    const struct sim_linear_operation *read = order->ops[at];
    size_t next = 0;

    for (size_t i = past->since; i < at; i++) {
        if (order->ops[i]->key != read->key || order->ops[i]->kind != SIM_LINEAR_APPEND)
            continue;
        if (next == read->item_count || read->items[next] != order->ops[i]->argument)
            return false;
        next++;
    }
    return next == read->item_count;
}

static bool was_inserted(const struct order *order, size_t from, size_t at, int64_t item)
{
    for (size_t i = from; i < at; i++)
        if (order->ops[i]->key == order->ops[at]->key && order->ops[i]->kind == SIM_LINEAR_INSERT &&
            order->ops[i]->argument == item)
            return true;
    return false;
}

static bool is_set_of(const struct order *order, const struct past *past, size_t at)
{
    const struct sim_linear_operation *read = order->ops[at];
    size_t members = 0;

    for (size_t i = past->since; i < at; i++)
        members += order->ops[i]->key == read->key && order->ops[i]->kind == SIM_LINEAR_INSERT &&
                   !was_inserted(order, i + 1, at, order->ops[i]->argument);
    for (size_t i = 0; i < read->item_count; i++)
        if (!was_inserted(order, past->since, at, read->items[i]))
            return false;
    return members == read->item_count;
}

static bool is_right_read(const struct order *order, const struct past *past, size_t at)
{
    const struct sim_linear_operation *read = order->ops[at];

    if (!read->answered)
        return true;
    if (read->items == NULL)
        return is_value(past, read->value);
    if (is_nothing(past))
        return read->item_count == 0;
    if (past->elements > 0)
        return is_list_of(order, past, at);
    return past->members > 0 && is_set_of(order, past, at);
}

/* Provided that all before it are right. */
static bool is_right(const struct order *order, size_t at)
{
    const struct sim_linear_operation *op = order->ops[at];
    struct past past = past_of(order, at);
    struct past then = past;

    switch (op->kind) {
    case SIM_LINEAR_READ:
        return is_right_read(order, &past, at);
    case SIM_LINEAR_CAS:
        return is_value(&past, op->argument);
    case SIM_LINEAR_CAS_NOT:
        return !is_value(&past, op->argument);
    case SIM_LINEAR_ADD:
        then.adds++;
        then.sum += (uint64_t)op->argument;
        return (is_nothing(&past) || is_number(&past)) &&
               (!op->answered || op->value == number_of(&then));
    case SIM_LINEAR_APPEND:
        return is_nothing(&past) || past.elements > 0;
    case SIM_LINEAR_INSERT:
        return is_nothing(&past) || past.members > 0;
    case SIM_LINEAR_ACQUIRE:
        return is_nothing(&past);
    case SIM_LINEAR_RELEASE:
        return past.acquired == past.released + 1;
    default:
        return true; /* a write or a delete */
    }
}

static bool keeps_real_time(const struct order *order)
{
    for (size_t i = 0; i < order->count; i++)
        for (size_t j = i + 1; j < order->count; j++)
            if (order->ops[j]->returned != SIM_LINEAR_OPEN &&
                order->ops[j]->returned < order->ops[i]->invoked)
                return false;
    return true;
}

static bool explains(const struct order *order)
{
    if (!keeps_real_time(order))
        return false;
    for (size_t at = 0; at < order->count; at++)
        if (!is_right(order, at))
            return false;
    return true;
}

/* Heap's algorithm: every permutation of the first N. */
static bool some_permutation_explains(struct order *order, size_t n)
{
    if (n <= 1)
        return explains(order);
    for (size_t i = 0; i < n; i++) {
        size_t other = n % 2 == 0 ? i : 0;
        const struct sim_linear_operation *last;

        if (some_permutation_explains(order, n - 1))
            return true;
        last = order->ops[n - 1];
        order->ops[n - 1] = order->ops[other];
        order->ops[other] = last;
    }
    return false;
}

static int second_opinion(const struct sim_linear_operation *ops, size_t count, int64_t initial)
{
    assert(count <= PERMUTED_MAX);
    for (unsigned chosen = 0; chosen < 1u << count; chosen++) {
        struct order order = { .initial = initial };
        bool all = true;

        for (size_t i = 0; i < count; i++) {
            if ((chosen >> i & 1) != 0)
                order.ops[order.count++] = &ops[i];
            else if (ops[i].returned != SIM_LINEAR_OPEN)
                all = false; /* only open ones may be left out */
        }
        if (all && some_permutation_explains(&order, order.count))
            return 1;
    }
    return 0;
}

/* -- known verdicts ---------------------------------------------------------------------------- */

START_TEST(rows)
{
    size_t permuted = 0, accepted = 0;

    ck_assert_uint_gt(linear_row_count, 60);
    for (size_t i = 0; i < linear_row_count; i++) {
        const struct linear_row *row = &linear_rows[i];
        struct linear_history history;
        int expected = row->linearizable ? 1 : 0;

        ck_assert_msg(linear_history_read(&history, row->history) == 0, "%s: %s", row->what,
                      row->history);
        ck_assert_msg(linear_oracle(history.ops, history.count, row->initial) == expected,
                      "by key: %s: %s", row->what, row->history);
        ck_assert_msg(linear_oracle_composed(history.ops, history.count, row->initial) == expected,
                      "composed: %s: %s", row->what, row->history);
        accepted += row->linearizable;
        if (history.count > PERMUTED_MAX)
            continue;
        permuted++;
        ck_assert_msg(second_opinion(history.ops, history.count, row->initial) == expected,
                      "permutations: %s: %s", row->what, row->history);
    }
    ck_assert_uint_gt(permuted, linear_row_count - 5);
    ck_assert_uint_gt(accepted, linear_row_count / 3);
    ck_assert_uint_lt(accepted, linear_row_count * 2 / 3);
}
END_TEST

START_TEST(rows_are_what_they_say)
{
    struct linear_history history;

    ck_assert_int_eq(
        linear_history_read(&history, "0-3 y:w-5, 1- cnil>2, 2-5 r[7 -8], 4-7 +3=9, 6-9 r?"), 0);
    ck_assert_uint_eq(history.count, 5);
    ck_assert_int_eq(history.ops[0].kind, SIM_LINEAR_WRITE);
    ck_assert_int_eq(history.ops[0].key, 1);
    ck_assert_int_eq(history.ops[0].argument, -5);
    ck_assert_uint_eq(history.ops[0].invoked, 0);
    ck_assert_uint_eq(history.ops[0].returned, 3);
    ck_assert_int_eq(history.ops[1].kind, SIM_LINEAR_CAS);
    ck_assert_int_eq(history.ops[1].key, 0);
    ck_assert_int_eq(history.ops[1].argument, SIM_NIL);
    ck_assert_int_eq(history.ops[1].second, 2);
    ck_assert_uint_eq(history.ops[1].returned, SIM_LINEAR_OPEN);
    ck_assert_uint_eq(history.ops[2].item_count, 2);
    ck_assert_int_eq(history.ops[2].items[0], 7);
    ck_assert_int_eq(history.ops[2].items[1], -8);
    ck_assert(history.ops[2].answered && history.ops[3].answered);
    ck_assert_int_eq(history.ops[3].argument, 3);
    ck_assert_int_eq(history.ops[3].value, 9);
    ck_assert(!history.ops[4].answered && history.ops[4].items == NULL);
}
END_TEST

START_TEST(rows_that_are_none)
{
    static const char *const texts[] = {
        "0",       "0-",        "0-1",          "0-1 ",         "0-1 q",
        "1-0 d",   "0-0 d",     "-1-1 d",       "0-1 w",        "0-1 wx",
        "0-1 c1",  "0-1 c1>",   "0-1 r[",       "0-1 r[1",      "0-1 r[1,2]",
        "0-1 d,",  "0-1 d 2-3", "0-1 d, 1-2 d", "0-2 d, 1-2 d", "2-3 d, 0-1 d",
        "0-1 q:d", "0-1 dd",    "0-1 +",        "0-1 +1=",      "0-1 w9223372036854775808",
    };
    struct linear_history history;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        ck_assert_msg(linear_history_read(&history, texts[i]) == -1, "%s", texts[i]);
}
END_TEST

/* -- all small histories ----------------------------------------------------------------------- */

enum { SMALL = 3, WORDS_MAX = 8 };

struct alphabet {
    int64_t initial;
    const char *words[WORDS_MAX]; /* NULL after the last */
    unsigned least;               /* so many histories of either verdict, or the test says little */
};

static const struct alphabet alphabets[] = {
    { 0, { "w1", "w2", "r0", "r1", "r2" }, 2000 },
    { 0, { "w1", "c0>1", "c1>0", "n0", "n1", "r0", "r1" }, 4000 },
    { SIM_NIL, { "+1", "+1=1", "+2=3", "+1=3", "rnil", "r1", "r3" }, 4000 },
    { SIM_NIL, { "a1", "a2", "r[]", "r[1]", "r[2]", "r[1 2]", "r[2 1]" }, 4000 },
    { SIM_NIL, { "i1", "i2", "r[]", "r[1]", "r[2 1]", "d" }, 2000 },
    { SIM_NIL, { "L", "U" }, 100 },
    { SIM_NIL, { "w1", "a1", "d", "+1=1", "r1", "r[1]", "cnil>1" }, 4000 },
    { 0, { "x:w1", "y:w1", "x:r0", "x:r1", "y:r0", "y:r1" }, 2000 },
};

/* Every way to let SMALL operations overlap: which event each place is, twice each operation; the
 * first is its invocation, the second its return. */
static bool arranged(unsigned number, uint64_t invoked[SMALL], uint64_t returned[SMALL])
{
    bool begun[SMALL] = { false }, ended[SMALL] = { false };

    for (unsigned place = 0; place < 2 * SMALL; place++, number /= SMALL) {
        unsigned op = number % SMALL;

        if (ended[op])
            return false;
        if (!begun[op]) {
            begun[op] = true;
            invoked[op] = place;
        } else {
            ended[op] = true;
            returned[op] = place;
        }
    }
    return true;
}

/* Operations of these words, which are open where OPEN has a bit, all three judges asked. */
static int judged(const struct alphabet *alphabet, const struct linear_history *words,
                  const unsigned chosen[SMALL], const uint64_t invoked[SMALL],
                  const uint64_t returned[SMALL], unsigned open)
{
    struct sim_linear_operation ops[SMALL];
    int verdict;

    for (size_t i = 0; i < SMALL; i++) {
        ops[i] = words->ops[chosen[i]];
        ops[i].invoked = invoked[i];
        ops[i].returned = (open >> i & 1) != 0 ? SIM_LINEAR_OPEN : returned[i];
    }
    verdict = linear_oracle(ops, SMALL, alphabet->initial);
    /* ck_assert writes down that it passed, which is too slow for a million times */
    if (verdict != linear_oracle_composed(ops, SMALL, alphabet->initial))
        ck_abort_msg("composed: %s, %s, %s", alphabet->words[chosen[0]], alphabet->words[chosen[1]],
                     alphabet->words[chosen[2]]);
    if (verdict != second_opinion(ops, SMALL, alphabet->initial))
        ck_abort_msg("permutations: %s, %s, %s", alphabet->words[chosen[0]],
                     alphabet->words[chosen[1]], alphabet->words[chosen[2]]);
    return verdict;
}

static void read_words(const struct alphabet *alphabet, struct linear_history *words)
{
    char text[256] = "";
    char word[32];

    for (unsigned i = 0; i < WORDS_MAX && alphabet->words[i] != NULL; i++) {
        snprintf(word, sizeof(word), "%s%u-%u %s", i == 0 ? "" : ", ", 2 * i, 2 * i + 1,
                 alphabet->words[i]);
        strcat(text, word);
    }
    ck_assert_int_eq(linear_history_read(words, text), 0);
}

START_TEST(all_small_histories)
{
    const struct alphabet *alphabet = &alphabets[_i];
    struct linear_history words;
    unsigned verdicts[2] = { 0, 0 };

    read_words(alphabet, &words);
    for (unsigned arrangement = 0; arrangement < 729; arrangement++) {
        uint64_t invoked[SMALL], returned[SMALL];

        if (!arranged(arrangement, invoked, returned) || invoked[0] > invoked[1] ||
            invoked[1] > invoked[2])
            continue; /* the words take all orders, so the places need not */
        for (unsigned number = 0; number < words.count * words.count * words.count; number++) {
            unsigned n = (unsigned)words.count;
            unsigned chosen[SMALL] = { number % n, number / n % n, number / n / n };

            for (unsigned open = 0; open < 1u << SMALL; open++)
                verdicts[judged(alphabet, &words, chosen, invoked, returned, open)]++;
        }
    }
    ck_assert_uint_eq(verdicts[0] + verdicts[1], 15 * 8 * words.count * words.count * words.count);
    ck_assert_uint_ge(verdicts[0], alphabet->least);
    ck_assert_uint_ge(verdicts[1], alphabet->least);
}
END_TEST

/* -- random histories -------------------------------------------------------------------------- */

enum { RANDOM_ITEMS = LINEAR_ORACLE_MAX * LINEAR_ORACLE_MAX };

static bool is_well_formed(const struct sim_linear_operation *before,
                           const struct sim_linear_operation *op)
{
    if (op->invoked >= op->returned || before->invoked >= op->invoked)
        return false;
    if (before->returned == op->invoked)
        return false;
    if (before->returned == op->returned && op->returned != SIM_LINEAR_OPEN)
        return false;
    return before->process != op->process || before->returned < op->invoked;
}

/* What the generator promises of any history. */
static void check_history(const struct sim_linear_operation *ops, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (ops[i].returned == SIM_LINEAR_OPEN &&
            (ops[i].answered || ops[i].kind == SIM_LINEAR_CAS_NOT))
            ck_abort_msg("operation %zu is open and has an answer", i);
        for (size_t j = 0; j < i; j++)
            if (!is_well_formed(&ops[j], &ops[i]))
                ck_abort_msg("operations %zu and %zu cannot be in one history", j, i);
    }
}

START_TEST(random_histories_twice)
{
    enum linear_object object = (enum linear_object)_i;
    uint64_t state = 1000 + (uint64_t)_i;
    unsigned verdicts[2] = { 0, 0 }, honest = 0;

    for (unsigned round = 0; round < 3000; round++) {
        struct linear_shape shape = linear_shape_random(object, &state);
        struct sim_linear_operation ops[LINEAR_ORACLE_MAX];
        int64_t items[RANDOM_ITEMS];
        size_t most = 2 + (size_t)linear_random_below(&state, 5);
        size_t count = linear_random(ops, most, object, &state, &shape, items, RANDOM_ITEMS);
        int verdict = linear_oracle(ops, count, shape.initial);

        check_history(ops, count);
        ck_assert_int_eq(verdict, second_opinion(ops, count, shape.initial));
        ck_assert_int_eq(verdict, linear_oracle_composed(ops, count, shape.initial));
        verdicts[verdict]++;
        if (shape.lies == 0) {
            honest++;
            ck_assert_int_eq(verdict, 1);
        }
    }
    ck_assert_uint_gt(honest, 1000);
    ck_assert_uint_gt(verdicts[0], 150);
    ck_assert_uint_gt(verdicts[1], honest + 150); /* not every lie is found out */
}
END_TEST

/* Too many orders for the second judge. What an honest object did is linearizable; and the paper's
 * locality holds. */
START_TEST(random_histories_of_ten)
{
    enum linear_object object = (enum linear_object)_i;
    uint64_t state = 2000 + (uint64_t)_i;
    unsigned verdicts[2] = { 0, 0 }, full = 0;

    for (unsigned round = 0; round < 500; round++) {
        struct linear_shape shape = linear_shape_random(object, &state);
        struct sim_linear_operation ops[LINEAR_ORACLE_MAX];
        int64_t items[RANDOM_ITEMS];
        size_t count;
        int verdict;

        shape.keys = 1 + (unsigned)linear_random_below(&state, 3);
        count = linear_random(ops, 10, object, &state, &shape, items, RANDOM_ITEMS);
        check_history(ops, count);
        verdict = linear_oracle(ops, count, shape.initial);
        ck_assert_int_eq(verdict, linear_oracle_composed(ops, count, shape.initial));
        if (shape.lies == 0)
            ck_assert_int_eq(verdict, 1);
        verdicts[verdict]++;
        full += count >= 9;
    }
    ck_assert_uint_gt(full, 100);
    ck_assert_uint_gt(verdicts[0], 50);
    ck_assert_uint_gt(verdicts[1], 50);
}
END_TEST

/* Every kind of operation, open and returned, answered and not, comes from the generator. */
START_TEST(random_histories_have_everything)
{
    static const bool can_be_open[SIM_LINEAR_KINDS] = {
        [SIM_LINEAR_READ] = true,   [SIM_LINEAR_WRITE] = true,   [SIM_LINEAR_CAS] = true,
        [SIM_LINEAR_ADD] = true,    [SIM_LINEAR_APPEND] = true,  [SIM_LINEAR_INSERT] = true,
        [SIM_LINEAR_DELETE] = true, [SIM_LINEAR_ACQUIRE] = true, [SIM_LINEAR_RELEASE] = true,
    };
    static struct sim_linear_operation ops[LINEAR_RANDOM_MAX];
    static int64_t items[LINEAR_RANDOM_MAX * LINEAR_RANDOM_MAX];
    unsigned returned[SIM_LINEAR_KINDS] = { 0 }, open[SIM_LINEAR_KINDS] = { 0 };
    unsigned lists = 0, unknown_reads = 0, unknown_adds = 0, nothing = 0;
    uint64_t state = 7;

    for (int object = 0; object < LINEAR_OBJECTS; object++) {
        struct linear_shape shape = { .processes = 8,
                                      .keys = 3,
                                      .values = 3,
                                      .initial = SIM_NIL,
                                      .open = 10,
                                      .lies = 0,
                                      .unanswered = 10,
                                      .deletes = true,
                                      .failed_cas = true };
        size_t count = linear_random(ops, LINEAR_RANDOM_MAX, (enum linear_object)object, &state,
                                     &shape, items, sizeof(items) / sizeof(items[0]));

        ck_assert_msg(count > 400, "%s: %zu", linear_object_names[object], count);
        check_history(ops, count);
        for (size_t i = 0; i < count; i++) {
            const struct sim_linear_operation *op = &ops[i];

            (op->returned == SIM_LINEAR_OPEN ? open : returned)[op->kind]++;
            if (op->returned == SIM_LINEAR_OPEN)
                continue;
            lists += op->items != NULL && op->item_count > 1;
            nothing += op->kind == SIM_LINEAR_READ && op->answered && op->value == SIM_NIL &&
                       op->items == NULL;
            unknown_reads += op->kind == SIM_LINEAR_READ && !op->answered;
            unknown_adds += op->kind == SIM_LINEAR_ADD && !op->answered;
        }
    }
    for (int kind = 0; kind < SIM_LINEAR_KINDS; kind++) {
        ck_assert_msg(returned[kind] > 10, "kind %d: %u returned", kind, returned[kind]);
        ck_assert_msg((open[kind] > 2) == can_be_open[kind], "kind %d: %u open", kind, open[kind]);
    }
    ck_assert_uint_gt(lists, 50);
    ck_assert_uint_gt(nothing, 10);
    ck_assert_uint_gt(unknown_reads, 10);
    ck_assert_uint_gt(unknown_adds, 10);
}
END_TEST

START_TEST(random_histories_without_room)
{
    struct sim_linear_operation ops[20];
    struct linear_shape shape = { .processes = 2, .keys = 1, .initial = SIM_NIL };
    int64_t items[3];
    uint64_t state = 1, same = 1;
    size_t count = linear_random(ops, 20, LINEAR_LIST, &state, &shape, items, 3), named = 0;

    for (size_t i = 0; i < count; i++)
        named += ops[i].item_count;
    ck_assert_uint_le(named, 3);
    ck_assert_uint_eq(linear_random(ops, 0, LINEAR_LIST, &same, &shape, NULL, 0), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("linear oracle");
    TCase *known = tcase_create("known");
    TCase *random = tcase_create("random");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(known, rows);
    tcase_add_test(known, rows_are_what_they_say);
    tcase_add_test(known, rows_that_are_none);
    tcase_add_loop_test(known, all_small_histories, 0,
                        (int)(sizeof(alphabets) / sizeof(alphabets[0])));
    suite_add_tcase(suite, known);
    tcase_add_loop_test(random, random_histories_twice, 0, LINEAR_OBJECTS);
    tcase_add_loop_test(random, random_histories_of_ten, 0, LINEAR_OBJECTS);
    tcase_add_test(random, random_histories_have_everything);
    tcase_add_test(random, random_histories_without_room);
    suite_add_tcase(suite, random);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
