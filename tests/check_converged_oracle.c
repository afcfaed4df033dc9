/* check_converged_oracle.c - who agrees, against what is looked up by the words of
 * docs/checkers.md.
 *
 * Random histories of changes, windows of a fault, and what three nodes say that they hold:
 * hand-made, so that they differ in ways that no model would. A second store with clients of its
 * own is nobody's business. ORRERY_ORACLE_ROUNDS in the environment is how many there are, and has
 * the shares told. */
#include "sim/observe/recorder.h"
#include "sim/world/model.h"
#include "tests/lib/evidence.h"
#include "tests/lib/linear_random.h"
#include "tests/lib/world.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CLIENTS = 3, NODES = 3, CHANGES = 6, KEYS = 3, VALUES = 3, WINDOWS = 3, ROUNDS = 3000 };
enum { APP, STORE, OTHERS, ASIDE }; /* groups */
enum { END = 100, NEVER = 1000 };

static const char letters[] = { [SIM_HOLDS] = 'y', [SIM_BROKEN] = 'n', [SIM_UNDECIDED] = '?' };
static const char kinds[] = { 'r', 'w', 'c', '+', 'a', 'd' };

struct deed {
    int64_t kind, key;
    int invoked, returned; /* NEVER: open */
    int status;            /* enum sim_operation_status */
    bool aside;            /* asked of the other store */
};

struct window_of_cut {
    int from, to; /* NEVER: it is open at the end */
};

struct run {
    struct deed deeds[CHANGES];
    int count;
    struct window_of_cut windows[WINDOWS];
    int window_count;
    bool waits; /* for the end of the fault */
    bool partial;
    int within;
    struct {
        bool holds[KEYS][VALUES], deleted[KEYS], down;
        int repeats; /* tells what it holds so many times more */
    } nodes[NODES];
};

static unsigned rounds(void)
{
    const char *asked = getenv("ORRERY_ORACLE_ROUNDS");

    return asked == NULL ? ROUNDS : (unsigned)strtoul(asked, NULL, 10);
}

static int below(uint64_t *state, int bound)
{
    return (int)linear_random_below(state, (uint64_t)bound);
}

static void draw_deeds(struct run *run, uint64_t *state)
{
    static const int64_t drawn[] = { SIM_WRITE, SIM_WRITE, SIM_WRITE,  SIM_DELETE,
                                     SIM_CAS,   SIM_ADD,   SIM_APPEND, SIM_READ };

    run->count = below(state, CHANGES + 1);
    for (int i = 0; i < run->count; i++) {
        struct deed *deed = &run->deeds[i];

        deed->kind = drawn[below(state, 8)];
        deed->key = below(state, KEYS);
        deed->invoked = below(state, END - 1);
        deed->returned = deed->invoked + 1 + below(state, 30);
        if (deed->returned > END)
            deed->returned = below(state, 4) == 0 ? NEVER : END;
        deed->status = below(state, 4) > 0 ? SIM_OK : below(state, 2) > 0 ? SIM_FAIL : SIM_UNKNOWN;
        deed->aside = below(state, 8) == 0;
    }
}

static void draw(struct run *run, uint64_t *state)
{
    int alike = below(state, 3), odd = below(state, 4);

    memset(run, 0, sizeof(*run));
    draw_deeds(run, state);
    run->waits = below(state, 3) > 0;
    run->window_count = below(state, WINDOWS + 1);
    for (int i = 0, at = below(state, 20); i < run->window_count; i++) {
        run->windows[i].from = at;
        run->windows[i].to = at + 1 + below(state, 25);
        at = run->windows[i].to + 1 + below(state, 10);
    }
    if (run->window_count > 0 && below(state, 8) == 0)
        run->windows[run->window_count - 1].to = NEVER;
    run->within = 1 + below(state, below(state, 2) > 0 ? 20 : 60);
    run->partial = below(state, 3) == 0;
    for (int key = 0; key < KEYS; key++)
        for (int value = 0; value < VALUES; value++) {
            bool all = below(state, 3) == 0;

            for (int node = 0; node < NODES; node++)
                run->nodes[node].holds[key][value] =
                    alike > 0 && below(state, 20) >= odd ? all : below(state, 2) > 0;
        }
    for (int node = 0; node < NODES; node++) {
        run->nodes[node].down = below(state, 20) == 0;
        for (int key = 0; key < KEYS; key++)
            if (below(state, 8) == 0)
                memset(run->nodes[node].holds[key], 0, sizeof(run->nodes[node].holds[key]));
        for (int key = 0; key < KEYS; key++)
            run->nodes[node].deleted[key] = below(state, 6) == 0;
        run->nodes[node].repeats = below(state, 4) == 0;
    }
}

/* -- a world that says so ---------------------------------------------------------------------- */

/* What a node holds more than once it may say more than once, in any order. */
static void tell(struct sim_seat *me, struct sim_ledger *ledger)
{
    const struct run *run = context_of(me);
    uint32_t self = sim_self(me);

    if (run->partial)
        sim_ledger_partial(ledger);
    for (int key = 0; key < KEYS; key++)
        if (run->nodes[self].deleted[key])
            sim_ledger_holds(ledger, key, SIM_NIL);
    for (int time = 0; time <= run->nodes[self].repeats; time++)
        for (int i = 0; i < KEYS * VALUES; i++) {
            int at = self == 1 ? KEYS * VALUES - 1 - i : i;

            if (run->nodes[self].holds[at / VALUES][at % VALUES])
                sim_ledger_holds(ledger, at / VALUES, at % VALUES);
        }
}

/* Nobody asked. */
static void tell_nonsense(struct sim_seat *me, struct sim_ledger *ledger)
{
    sim_ledger_holds(ledger, 0, 100 + sim_self(me));
}

static void record_at(const struct run *run, const struct sim_observer *observer, int time)
{
    sim_time now = time * SIM_MICROSECOND;

    for (int i = 0; i < run->count; i++) {
        const struct deed *deed = &run->deeds[i];
        struct sim_operation operation = { .kind = deed->kind, .key = deed->key, .argument = 1 };
        uint32_t node = (uint32_t)(i % CLIENTS) + (deed->aside ? CLIENTS + NODES : 0);

        if (deed->invoked == time)
            observer->invoked(observer->context, now, node, (uint32_t)i, (uint64_t)i + 1,
                              &operation);
    }
    for (int i = 0; i < run->count; i++)
        if (run->deeds[i].returned == time)
            observer->completed(observer->context, now, (uint64_t)i + 1,
                                (enum sim_operation_status)run->deeds[i].status, 0, NULL);
    for (int i = 0; i < run->window_count; i++) {
        if (run->windows[i].from == time)
            observer->window(observer->context, now, 0, true);
        if (run->windows[i].to == time)
            observer->window(observer->context, now, 0, false);
    }
}

/* Beginnings are told in the order of the plan: ids have to grow with time. */
static void sort_deeds(struct run *run)
{
    for (int i = 1; i < run->count; i++)
        for (int k = i; k > 0 && run->deeds[k].invoked < run->deeds[k - 1].invoked; k--) {
            struct deed deed = run->deeds[k];

            run->deeds[k] = run->deeds[k - 1];
            run->deeds[k - 1] = deed;
        }
}

static struct sim_verdict ask(struct run *run)
{
    const struct sim_checker *checker = checker_named("converged");
    struct sim_model teller = actor_model, chatterer = actor_model;
    struct script script = { .context = run };
    void *params = params_create(checker);
    struct sim_verdict verdict = { .status = SIM_UNDECIDED };
    struct sim_recorder *recorder;
    struct stage stage;

    sort_deeds(run);
    teller.holds = tell;
    chatterer.holds = tell_nonsense;
    stage_init(&stage, 1, END * SIM_MICROSECOND);
    stage_group(&stage, "app", CLIENTS, &script)->target = STORE;
    stage_group(&stage, "store", NODES, &script)->model = &teller;
    stage_group(&stage, "others", CLIENTS, &script)->target = ASIDE;
    stage_group(&stage, "aside", NODES, &script)->model = &chatterer;
    /* hits nobody: its windows are told by hand */
    stage_fault(&stage, &sim_fault_pause, NEVER * SIM_SECOND, 0, APP, 0)->label = "cut";
    for (uint32_t node = 0; node < NODES; node++)
        if (run->nodes[node].down)
            stage_fault(&stage, &sim_fault_crash, SIM_MICROSECOND, 0, STORE, node);
    stage_run(&stage);
    recorder = sim_recorder_create(&stage.plan, NULL);
    for (int time = 0; time <= END; time++)
        record_at(run, sim_recorder_observer(recorder), time);
    sim_recorder_end(recorder, END * SIM_MICROSECOND);
    params_group(params, checker, "of", STORE);
    params_duration(params, checker, "within", run->within * SIM_MICROSECOND);
    if (run->waits)
        params_text(params, checker, "after", "cut");
    checker->judge(&(struct sim_evidence){ .plan = &stage.plan,
                                           .recorder = recorder,
                                           .ended = END * SIM_MICROSECOND,
                                           .world = stage.world },
                   params, &verdict);
    free(params);
    sim_recorder_destroy(recorder);
    stage_finish(&stage);
    return verdict;
}

/* -- by the words ------------------------------------------------------------------------------ */

static bool is_change(const struct deed *deed, int key)
{
    return deed->key == key && deed->kind != SIM_READ && !deed->aside;
}

/* NEVER: it has not begun, or not ended. */
static int end_of_fault(const struct run *run)
{
    int end = run->window_count == 0 ? NEVER : 0;

    for (int i = 0; i < run->window_count; i++)
        if (run->windows[i].to > end)
            end = run->windows[i].to;
    return run->waits ? end : 0;
}

static bool is_at_rest(const struct run *run, int key)
{
    bool changed = false;

    if (end_of_fault(run) + run->within > END)
        return false;
    for (int i = 0; i < run->count; i++) {
        if (!is_change(&run->deeds[i], key))
            continue;
        changed = true;
        if (run->deeds[i].returned + run->within > END)
            return false;
    }
    return changed;
}

static bool tells_nothing(const struct run *run, int node, int key)
{
    if (run->nodes[node].deleted[key])
        return false;
    for (int value = 0; value < VALUES; value++)
        if (run->nodes[node].holds[key][value])
            return false;
    return true;
}

static bool counts(const struct run *run, int node, int key)
{
    return !run->nodes[node].down && !(run->partial && tells_nothing(run, node, key));
}

static bool differs(const struct run *run, int key)
{
    for (int a = 0; a < NODES; a++)
        for (int b = 0; b < a; b++)
            if (counts(run, a, key) && counts(run, b, key) &&
                memcmp(run->nodes[a].holds[key], run->nodes[b].holds[key],
                       sizeof(run->nodes[a].holds[key])) != 0)
                return true;
    return false;
}

static enum sim_verdict_status status_of(const struct run *run)
{
    bool any = false, down = false;

    for (int key = 0; key < KEYS; key++) {
        if (!is_at_rest(run, key))
            continue;
        any = true;
        if (differs(run, key))
            return SIM_BROKEN;
    }
    for (int node = 0; node < NODES; node++)
        down |= run->nodes[node].down;
    return any && !down && end_of_fault(run) != NEVER ? SIM_HOLDS : SIM_UNDECIDED;
}

static void print(const struct run *run)
{
    for (int i = 0; i < run->count; i++)
        fprintf(stderr, "%c%d@%d-%d%s%s ", kinds[run->deeds[i].kind], (int)run->deeds[i].key,
                run->deeds[i].invoked, run->deeds[i].returned,
                run->deeds[i].status == SIM_OK     ? ""
                : run->deeds[i].status == SIM_FAIL ? " failed"
                                                   : " unknown",
                run->deeds[i].aside ? " aside" : "");
    for (int i = 0; i < run->window_count; i++)
        fprintf(stderr, "; cut %d-%d", run->windows[i].from, run->windows[i].to);
    fprintf(stderr, "; %swithin %d%s", run->waits ? "after cut, " : "", run->within,
            run->partial ? ", partial" : "");
    for (int node = 0; node < NODES; node++) {
        fprintf(stderr, "; ");
        for (int i = 0; i < KEYS * VALUES; i++)
            fprintf(stderr, "%s%c", i > 0 && i % VALUES == 0 ? " " : "",
                    run->nodes[node].holds[i / VALUES][i % VALUES] ? '0' + i % VALUES : '-');
        fprintf(stderr, "%s", run->nodes[node].down ? " down" : "");
        for (int key = 0; key < KEYS; key++)
            fprintf(stderr, "%s", run->nodes[node].deleted[key] ? " deleted" : "");
    }
    fprintf(stderr, "\n");
}

START_TEST(agreement_agrees)
{
    unsigned said[3] = { 0 };
    uint64_t state = 37;

    for (unsigned round = 0; round < rounds(); round++) {
        struct run run;
        enum sim_verdict_status expected;
        struct sim_verdict verdict;

        draw(&run, &state);
        verdict = ask(&run);
        expected = status_of(&run);
        if (verdict.status != expected) {
            print(&run);
            ck_abort_msg("round %u: %c, but it is %c: %s", round, letters[verdict.status],
                         letters[expected], verdict.text);
        }
        said[expected]++;
    }
    if (getenv("ORRERY_ORACLE_ROUNDS") != NULL)
        printf("converged agrees on %u: yes %u, no %u, undecided %u\n", rounds(), said[SIM_HOLDS],
               said[SIM_BROKEN], said[SIM_UNDECIDED]);
    ck_assert_uint_gt(said[SIM_HOLDS], rounds() / 10);
    ck_assert_uint_gt(said[SIM_BROKEN], rounds() / 10);
    ck_assert_uint_gt(said[SIM_UNDECIDED], rounds() / 10);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("converged oracle");
    TCase *random = tcase_create("random");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(random, 3600);
    tcase_add_test(random, agreement_agrees);
    suite_add_tcase(suite, random);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
