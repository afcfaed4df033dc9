/* What the judge of linearizability says of some histories, how many steps it spends and whom it
 * blames: as last time (tests/golden/linear.txt), on every machine, since budgets are counted
 * steps.
 *
 * Whether what it says is right is tested elsewhere. Here a search that takes another way shows,
 * even if it ends at the same verdict. ORRERY_UPDATE_GOLDEN in the environment writes the file
 * anew. */
#include "sim/check/linearizable.h"
#include "sim/core/rng.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum object_kind { REGISTER, DISTINCT, COUNTER, LIST, SET, MUTEX, OBJECTS };
enum { HISTORIES = 60, OPERATIONS_MAX = 100, ITEMS_MAX = 64, PROCESSES_MAX = 12, LINE_MAX = 240 };

static const char *const names[] = { "register", "distinct", "counter", "list", "set", "mutex" };

struct draws {
    uint64_t seed, count;
};

static uint64_t draw(struct draws *draws, uint64_t below)
{
    return sim_mix(draws->seed, draws->count++) % below;
}

struct object {
    enum object_kind kind;
    int64_t number, list[ITEMS_MAX];
    uint32_t length;
    bool held;
};

struct history {
    struct sim_linear_operation operations[OPERATIONS_MAX];
    int64_t items[OPERATIONS_MAX][ITEMS_MAX];
    size_t count;
};

/* -- making histories -------------------------------------------------------------------------- */

static void ask(struct sim_linear_operation *operation, enum object_kind kind, struct draws *draws,
                size_t number)
{
    static const enum sim_linear_kind changes[OBJECTS] = {
        SIM_LINEAR_WRITE,  SIM_LINEAR_WRITE,  SIM_LINEAR_ADD,
        SIM_LINEAR_APPEND, SIM_LINEAR_INSERT, SIM_LINEAR_ACQUIRE,
    };
    const bool other = draw(draws, 5) < 2;

    operation->answered = true;
    operation->argument = kind == DISTINCT ? (int64_t)number + 1 : (int64_t)draw(draws, 4);
    operation->kind = changes[kind];
    if (other)
        operation->kind = kind == MUTEX ? SIM_LINEAR_RELEASE : SIM_LINEAR_READ;
    if (kind == REGISTER && !other && draw(draws, 3) == 0) {
        operation->kind = SIM_LINEAR_CAS;
        operation->second = (int64_t)draw(draws, 4);
    }
}

static bool contains(const struct object *object, int64_t value)
{
    for (uint32_t i = 0; i < object->length; i++) {
        if (object->list[i] == value)
            return true;
    }
    return false;
}

/* The object does what it is asked for. False: it refuses in its present state. */
static bool take_effect(struct object *object, struct sim_linear_operation *operation,
                        int64_t items[ITEMS_MAX])
{
    switch (operation->kind) {
    case SIM_LINEAR_READ:
        operation->value = object->number;
        if (object->kind == LIST || object->kind == SET) {
            memcpy(items, object->list, sizeof(object->list));
            operation->items = items;
            operation->item_count = object->length;
        }
        return true;
    case SIM_LINEAR_WRITE:
        object->number = operation->argument;
        return true;
    case SIM_LINEAR_CAS:
        if (object->number == operation->argument)
            object->number = operation->second;
        else
            operation->kind = SIM_LINEAR_CAS_NOT;
        return true;
    case SIM_LINEAR_ADD:
        object->number += operation->argument;
        operation->value = object->number;
        return true;
    case SIM_LINEAR_INSERT:
    case SIM_LINEAR_APPEND:
        if (operation->kind == SIM_LINEAR_INSERT && contains(object, operation->argument))
            return true;
        if (object->length == ITEMS_MAX)
            return false;
        object->list[object->length++] = operation->argument;
        return true;
    default:
        if (object->held == (operation->kind == SIM_LINEAR_ACQUIRE))
            return false;
        object->held = !object->held;
        return true;
    }
}

/* A process at a time takes a step: it asks, its wish takes effect, it has the answer; or it is
 * never heard of again. */
static void make(struct history *history, enum object_kind kind, struct draws *draws)
{
    enum { IDLE, ASKING, DONE } at[PROCESSES_MAX] = { IDLE };
    const size_t wanted = 8 + draw(draws, OPERATIONS_MAX - 8);
    const size_t processes = 2 + draw(draws, PROCESSES_MAX - 2);
    struct object object = { .kind = kind, .number = kind == COUNTER ? 0 : SIM_NIL };
    size_t of[PROCESSES_MAX] = { 0 };

    memset(history, 0, sizeof(*history));
    for (uint64_t now = 1; history->count < wanted && now < 100 * OPERATIONS_MAX; now++) {
        const size_t p = draw(draws, processes);
        struct sim_linear_operation *operation = &history->operations[of[p]];

        if (at[p] == IDLE) {
            of[p] = history->count++;
            operation = &history->operations[of[p]];
            ask(operation, kind, draws, of[p]);
            operation->process = (uint32_t)p;
            operation->invoked = now;
            operation->returned = SIM_LINEAR_OPEN;
            at[p] = ASKING;
        } else if (at[p] == ASKING) {
            if (take_effect(&object, operation, history->items[of[p]]))
                at[p] = DONE;
        } else {
            if (draw(draws, 12) > 0)
                operation->returned = now;
            at[p] = IDLE;
        }
    }
    for (size_t i = 0; i < history->count; i++) {
        struct sim_linear_operation *operation = &history->operations[i];

        if (operation->returned == SIM_LINEAR_OPEN) {
            operation->answered = false;
            if (operation->kind == SIM_LINEAR_CAS_NOT)
                operation->kind = SIM_LINEAR_CAS;
        }
    }
}

/* One answer becomes another, which may or may not be wrong. */
static void spoil(struct history *history, struct draws *draws)
{
    struct sim_linear_operation *operation = &history->operations[draw(draws, history->count)];

    if (operation->kind == SIM_LINEAR_READ && operation->items != NULL)
        operation->item_count -= operation->item_count > 0;
    else if (operation->kind == SIM_LINEAR_READ || operation->kind == SIM_LINEAR_ADD)
        operation->value = operation->value == SIM_NIL ? 1 : operation->value + 1;
    else if (operation->kind == SIM_LINEAR_ACQUIRE)
        operation->kind = SIM_LINEAR_RELEASE;
    else if (operation->kind == SIM_LINEAR_CAS_NOT)
        operation->kind = SIM_LINEAR_CAS;
}

/* -- what is said of them ---------------------------------------------------------------------- */

static void tell(char line[LINE_MAX], enum object_kind kind, uint64_t number)
{
    static const char *const statuses[] = { "yes", "no", "undecided" };
    static struct history history;
    struct draws draws = { sim_mix(kind, number), 0 };
    struct sim_linear_options options = { .initial = kind == COUNTER ? 0 : SIM_NIL,
                                          .witness = true };
    struct sim_linear_result result;
    uint64_t order = 0, words = 0;
    size_t used;

    make(&history, kind, &draws);
    for (uint64_t i = 0; i < number % 3; i++)
        spoil(&history, &draws);
    options.steps = number % 5 == 4 ? 500 : 20000;
    sim_linear_judge(history.operations, history.count, &options, &result);
    for (size_t i = 0; i < result.order_count; i++)
        order = sim_mix(result.order[i], order);
    for (size_t i = 0; result.text[i] != '\0'; i++)
        words = sim_mix((unsigned char)result.text[i], words);
    used = (size_t)snprintf(line, LINE_MAX, "%s %llu: %zu operations, %s, %llu steps, %016llx,",
                            names[kind], (unsigned long long)number, history.count,
                            statuses[result.status], (unsigned long long)result.steps,
                            (unsigned long long)sim_mix(order, words));
    for (uint32_t i = 0; i < result.culprit_count; i++)
        used += (size_t)snprintf(line + used, LINE_MAX - used, " %u", result.culprits[i]);
    snprintf(line + used, LINE_MAX - used, "\n");
    sim_linear_result_finish(&result);
}

static FILE *open_golden(const char *mode)
{
    const char *root = getenv("ORRERY_ROOT");
    char path[4096];
    FILE *file;

    snprintf(path, sizeof(path), "%s/tests/golden/linear.txt", root == NULL ? "." : root);
    file = fopen(path, mode);
    ck_assert_msg(file != NULL, "cannot open %s", path);
    return file;
}

static void write_golden(void)
{
    FILE *file = open_golden("w");
    char line[LINE_MAX];

    for (int kind = 0; kind < OBJECTS; kind++)
        for (uint64_t number = 0; number < HISTORIES; number++) {
            tell(line, (enum object_kind)kind, number);
            fputs(line, file);
        }
    fclose(file);
}

START_TEST(test_judged_as_last_time)
{
    FILE *file;
    char line[LINE_MAX], golden[LINE_MAX];

    if (_i == 0 && getenv("ORRERY_UPDATE_GOLDEN") != NULL)
        write_golden();
    file = open_golden("r");
    for (int skip = 0; skip < _i * HISTORIES; skip++)
        ck_assert_ptr_nonnull(fgets(golden, sizeof(golden), file));
    for (uint64_t number = 0; number < HISTORIES; number++) {
        ck_assert_ptr_nonnull(fgets(golden, sizeof(golden), file));
        tell(line, (enum object_kind)_i, number);
        ck_assert_msg(strcmp(line, golden) == 0,
                      "%sinstead of %sCan you say why? Then tools/test --update-golden "
                      "golden_linear",
                      line, golden);
    }
    fclose(file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("golden verdicts");
    TCase *tcase = tcase_create("random histories");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, test_judged_as_last_time, 0, OBJECTS);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
