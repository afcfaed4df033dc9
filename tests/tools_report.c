/* tools_report.c - the report of a hand-made run against tests/golden/report.{txt,json}, and what
 * holds of every report: 80 columns, and colour adds nothing but escapes. */
#define _POSIX_C_SOURCE 200809L
#include "tests/lib/evidence.h"

/* The command is a program, not a library: its parts are compiled into their test. */
#include "tools/orrery/over_text.c"
#include "tools/orrery/report.c"
#include "tools/orrery/report_json.c"
#include "tools/orrery/shown.c"

#include <check.h>
#include <stdlib.h>

#define MS SIM_MILLISECOND
#define S SIM_SECOND

enum form { TEXT, COLOURED, JSON, LINE, LINE_COLOURED };

static char *rendered(const struct report *report, enum form form)
{
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);

    switch (form) {
    case TEXT:
    case COLOURED:
        report_print(report, file, form == COLOURED);
        break;
    case JSON:
        ck_assert_ptr_null(report_print_json(report, file));
        break;
    case LINE:
    case LINE_COLOURED:
        report_print_line(report, file, form == LINE_COLOURED);
        break;
    }
    fclose(file);
    return text;
}

/* -- the hand-made run ------------------------------------------------------------------------- */

static const struct sim_group_stats stats[] = {
    { .sent = 1234, .delivered = 1200, .bytes = 98720, .lost = 12, .cut = 22 },
    { .sent = 1234567, .delivered = 1234000, .to_down = 500, .overflowed = 67, .duplicated = 3 },
};

static const struct report_verdict verdicts[] = {
    { "availability",
      "availability: {clients: app, during: cut, op: write, at_least: 70%, counts: answered}",
      { .status = SIM_HOLDS,
        .text = "76.1 % answered of 46 operations (at least 70 %): 5 failed, 11 unknown" },
      NULL,
      NULL },
    { "invariants",
      "invariants: {}",
      { .status = SIM_BROKEN,
        .text = "election-safety at 41.2s (event 8812): two leaders in term 3: store-0 and "
                "store-1 - and 1 more" },
      NULL,
      NULL },
    { "recovers",
      "recovers: {clients: app, after: lag, within: 5s}",
      { .status = SIM_UNDECIDED,
        .text = "lag, begun at 40s, was still on when the run stopped at 41.2s: "
                "election-safety was violated" },
      NULL,
      NULL },
};

static struct coverage_place places[] = {
    { NULL, "clock_freeze", 0, 0 },    { NULL, "crash", 1, 1 },
    { NULL, "partition", 1234, 1230 }, { NULL, "partition_ring", 0, 0 },
    { NULL, "pause", 2, 1 },           { NULL, "slow", 1, 1 },
    { "store", "deposed", 0, 12 },     { "store", "truncated", 0, 0 },
};
static const struct coverage coverage = { places, sizeof(places) / sizeof(*places), 0 };

static void make_run(struct bench *bench)
{
    bench_init(bench);
    bench->plan.warmup = 2 * S;
    for (int i = 0; i < 400; i++) {
        sim_time at = i * 100 * MS;
        bool cut = at >= 20 * S && at < 30 * S;

        bench_operation(bench, (uint32_t)i % 3, i % 4 == 0 ? SIM_WRITE : SIM_READ, at,
                        at + (cut && i % 5 == 0 ? S : (1 + i % 40) * MS),
                        cut && i % 5 == 0 ? SIM_UNKNOWN
                        : i % 50 == 7     ? SIM_FAIL
                                          : SIM_OK);
    }
    bench_operation(bench, 1, SIM_WRITE, 41 * S, SIM_TIME_NEVER, SIM_UNKNOWN);
    bench_window(bench, 0, 20 * S, 30 * S);
    bench_window(bench, 1, 30 * S, 31500 * MS);
    bench_window(bench, 2, 40 * S, SIM_TIME_NEVER);
    for (int i = 1; i <= 20; i++)
        bench_metric(bench, 3 * S, 3, 2, i * i);
    bench_metric(bench, 5 * S, 3, 0, 12);
    bench_metric(bench, 6 * S, 4, 1, -1234567);
    bench_window(bench, 3, 39200 * MS, 40123456789);
    bench_window(bench, 4, 41 * S, 41100 * MS);
    bench_operation(bench, 2, SIM_READ, 41050 * MS, 41060 * MS, SIM_OK);
    bench_halt(bench, 41150 * MS, 2, "disk full");
    bench_violation(bench, 41200 * MS, "election-safety",
                    "two leaders in term 3: store-0 and store-1");
    bench_play(bench, 41200 * MS);
}

static struct report report_of(const struct bench *bench)
{
    return (struct report){
        .scenario = "the leader is cut off",
        .file = "scenarios/consensus/leader-cut-off.yaml",
        .about = "Clients keep talking to \"both\" sides.",
        .variant = "lease-reads",
        .seed = UINT64_MAX,
        .plan = &bench->plan,
        .recorder = bench->recorder,
        .verdicts = verdicts,
        .verdict_count = 3,
        .stats = stats,
        .coverage = &coverage,
        .end = SIM_END_VIOLATED,
        .ended = bench->evidence.ended,
        .events = 1234567,
        .digest = "00112233445566778899aabbccddeeff",
        .repeat = "orrery run scenarios/consensus/leader-cut-off.yaml --variant lease-reads "
                  "--seed 18446744073709551615",
    };
}

/* -- golden files ------------------------------------------------------------------------------ */

static void expect_golden(const char *name, char *text)
{
    const char *root = getenv("ORRERY_ROOT");
    char path[4096], golden[16384];
    FILE *file;
    size_t length;

    snprintf(path, sizeof(path), "%s/tests/golden/%s", root != NULL ? root : ".", name);
    if (getenv("ORRERY_UPDATE_GOLDEN") != NULL) {
        file = fopen(path, "w");
        ck_assert_msg(file != NULL, "cannot write %s", path);
        fputs(text, file);
        fclose(file);
    }
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "no %s: tools/test --update-golden tools_report writes it", path);
    length = fread(golden, 1, sizeof(golden) - 1, file);
    golden[length] = '\0';
    fclose(file);
    for (length = 0; text[length] != '\0' && text[length] == golden[length];)
        length++; /* the whole would be too long a message */
    ck_assert_msg(strcmp(text, golden) == 0, "%s: '%.60s' instead of '%.60s'", name, text + length,
                  golden + length);
    free(text);
}

START_TEST(as_text)
{
    struct bench bench;
    struct report report;

    make_run(&bench);
    report = report_of(&bench);
    expect_golden("report.txt", rendered(&report, TEXT));
    bench_finish(&bench);
}
END_TEST

START_TEST(as_json)
{
    struct bench bench;
    struct report report;

    make_run(&bench);
    report = report_of(&bench);
    expect_golden("report.json", rendered(&report, JSON));
    bench_finish(&bench);
}
END_TEST

/* -- what holds of all ------------------------------------------------------------------------- */

/* No line is longer than 80 columns, but for one word alone (and the line to be pasted). */
static void expect_narrow(const char *text)
{
    while (*text != '\0') {
        size_t length = strcspn(text, "\n"), indent = strspn(text, " ");

        if (strncmp(text, "repeat", 6) != 0 && memchr(text + indent, ' ', length - indent) != NULL)
            ck_assert_msg(shown_width(text, length) <= 80, "%.*s", (int)length, text);
        ck_assert_msg(length == 0 || text[length - 1] != ' ', "blank at the end: %.*s", (int)length,
                      text);
        text += length + 1;
    }
}

/* Escapes open and close in turn; without them the text is PLAIN. */
static void expect_only_colour(const char *coloured, const char *plain)
{
    bool open = false;

    ck_assert_ptr_nonnull(strchr(coloured, '\033'));
    while (*coloured != '\0') {
        if (*coloured == '\033') {
            bool reset = strncmp(coloured, "\033[0m", 4) == 0;

            ck_assert(reset == open);
            open = !open;
            coloured = strchr(coloured, 'm') + 1;
        } else {
            ck_assert_int_eq(*coloured++, *plain++);
        }
    }
    ck_assert(!open);
    ck_assert_int_eq(*plain, '\0');
}

START_TEST(colour_and_width)
{
    struct bench bench;
    struct report report;
    char *plain, *coloured;

    make_run(&bench);
    report = report_of(&bench);
    plain = rendered(&report, TEXT);
    coloured = rendered(&report, COLOURED);
    expect_narrow(plain);
    expect_only_colour(coloured, plain);
    free(plain);
    free(coloured);
    plain = rendered(&report, LINE);
    coloured = rendered(&report, LINE_COLOURED);
    expect_only_colour(coloured, plain);
    free(plain);
    free(coloured);
    bench_finish(&bench);
}
END_TEST

START_TEST(nothing_happened)
{
    struct bench bench;
    static const struct coverage nothing;
    struct report report;
    char *text;

    bench_init(&bench);
    bench.store.metrics[0] = (struct sim_metric_kind){ "batch", SIM_HISTOGRAM, NULL };
    bench.store.metrics[1] = (struct sim_metric_kind){ "lag", SIM_DURATIONS, NULL };
    bench.store.metrics[2].name = NULL;
    bench_metric(&bench, 50 * S, 3, 1, 20 * MS);
    bench_play(&bench, 60 * S);
    report = report_of(&bench);
    report.variant = report.about = NULL;
    report.verdict_count = 0;
    report.coverage = &nothing;
    report.seed = 1;
    report.end = SIM_END_QUIET;
    report.events = 0;
    report.repeat = "orrery run x.yaml";
    text = rendered(&report, TEXT);
    ck_assert_str_eq(
        text, "the leader is cut off, seed 1\n"
              "\n"
              "  (no expectations)\n"
              "\n"
              "messages              sent   doubled   delivered      lost       cut   to down\n"
              "app                  1 234         -       1 200        12        22         -\n"
              "store            1 234 567         3   1 234 000         -         -       500\n"
              "\n"
              "                overflow under way\n"
              "app                    -         -\n"
              "store                 67         3\n"
              "\n"
              "store\n"
              "  batch                  0  values: p50 -, p99 -, max -\n"
              "  lag                    1  times: p50 20.0ms, p99 20.0ms, max 20.0ms\n"
              "\n"
              "timeline\n"
              "           60s  nothing is left to happen after 0 events\n"
              "\n"
              "repeat  orrery run x.yaml\n"
              "digest  00112233445566778899aabbccddeeff\n");
    free(text);
    text = rendered(&report, JSON);
    ck_assert_ptr_nonnull(strstr(text, "\"about\":null,\"variant\":null,\"seed\":1,"));
    ck_assert_ptr_nonnull(strstr(text, "\"status\":\"holds\",\"verdicts\":[],"));
    ck_assert_ptr_nonnull(strstr(text, "\"metric\":\"lag\",\"type\":\"durations\",\"count\":1,"));
    ck_assert_ptr_nonnull(strstr(text, "\"operations\":[],"));
    ck_assert_ptr_nonnull(strstr(text, "]},\"windows\":[],\"faults\":[],\"fired\":[],\"reached\":[]"
                                       ",\"halts\":[],\"violations\":[],"));
    free(text);
    bench_finish(&bench);
}
END_TEST

START_TEST(long_names_and_many_windows)
{
    struct bench bench;
    struct report report;
    char *text;

    bench_init(&bench);
    bench.groups[0].name = "clients-with-a-long-name";
    bench.groups[1].name = "servers-in-europ";
    bench.faults[0].label = "a-partition-with-a-label-longer-than-most";
    for (int i = 0; i < 100; i++)
        bench_window(&bench, 0, (i + 1) * 100 * MS, (i + 1) * 100 * MS + 50 * MS);
    bench_operation(&bench, 0, SIM_READ, 100 * MS, 101 * MS, SIM_OK);
    bench_play(&bench, 60 * S);
    report = report_of(&bench);
    report.end = SIM_END_LIMIT;
    report.limit = "1000000 events (limits.events)";
    text = rendered(&report, TEXT);
    expect_narrow(text);
    ck_assert_ptr_nonnull(strstr(text, "clients-with-a-long-name\n                      1"));
    ck_assert_ptr_nonnull(
        strstr(text, "  during a-partition-with-a-label-longer-than-most\n       "));
    ck_assert_ptr_nonnull(strstr(text, "\nservers-in-europ 1 234 567  "));
    ck_assert_ptr_nonnull(
        strstr(text, "\n       100ms    a-partition-with-a-label-longer-than-most begins "
                     "(partition: 5\n                  nodes)\n"
                     "       150ms    a-partition-with-a-label-longer-than-most "
                     "ends after 50ms\n"));
    ck_assert_ptr_nonnull(strstr(text, "           ...  (180 more)\n"));
    ck_assert_ptr_nonnull(strstr(
        text, "        10.05s  a-partition-with-a-label-longer-than-most ends after 50ms\n"));
    ck_assert_ptr_nonnull(strstr(text,
                                 "60s     stopped after 1 234 567 events by the limit of 1000000 "
                                 "events\n                (limits.events)\n"));
    free(text);
    bench_finish(&bench);
}
END_TEST

/* What a scenario writes cannot steer the terminal, and is as wide as it is shown. */
START_TEST(what_others_wrote)
{
    struct bench bench;
    struct report report;
    struct report_verdict verdict = { "violation",
                                      "violation: {name: 'x\033[2Jy'}",
                                      { .status = SIM_BROKEN,
                                        .text = "x\033[2Jy\xff was not broken" },
                                      NULL,
                                      NULL };
    char *text;

    make_run(&bench);
    report = report_of(&bench);
    report.scenario =
        "red \033[31m line\nfeed \xe2\x80\xae back bell\a \xc3\xa9\xc3\xa9 and more that "
        "does not fit into a single line";
    report.variant = "one\033[0m";
    report.verdicts = &verdict;
    report.verdict_count = 1;
    text = rendered(&report, TEXT);
    ck_assert_ptr_null(strpbrk(text, "\033\a\xff"));
    ck_assert_ptr_null(strstr(text, "\xe2\x80\xae"));
    expect_narrow(text);
    ck_assert_msg(strstr(text,
                         "red ?[31m line feed ? back bell? \xc3\xa9\xc3\xa9 and more that does "
                         "not fit into a single\n  line (one?[0m), seed 1844") == text,
                  "%s", text);
    ck_assert_ptr_nonnull(strstr(text, "  VIOLATED   violation: {name: 'x?[2Jy'}\n"
                                       "             x?[2Jy? was not broken\n"));
    free(text);
    text = rendered(&report, LINE);
    ck_assert_ptr_nonnull(strstr(text, "violation: x?[2Jy? was not broken\n"));
    free(text);
    bench_finish(&bench);
}
END_TEST

/* A pasted word is the word again. */
START_TEST(words_of_a_shell)
{
    static const struct {
        const char *word, *quoted;
    } rows[] = {
        { "a/b-c.yaml", "a/b-c.yaml" }, { "", "''" },
        { "two words", "'two words'" }, { "it's", "'it'\\''s'" },
        { "$HOME`\\", "'$HOME`\\'" },   { "\xc3\xa9 1", "'\xc3\xa9 1'" },
        { "a\nb", "$'a\\012b'" },       { "\033[31m'\\7", "$'\\033[31m\\'\\\\7'" },
        { "\xff", "$'\\377'" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        char *quoted = shown_word(rows[i].word);

        ck_assert_str_eq(quoted, rows[i].quoted);
        sim_free(quoted);
    }
}
END_TEST

/* All 2^n orders of three verdicts: the worst counts, and the line names the first of the worst. */
START_TEST(worst_verdict)
{
    static const struct {
        enum sim_verdict_status given[3], worst;
        const char *line;
    } rows[] = {
        { { SIM_HOLDS, SIM_HOLDS, SIM_HOLDS }, SIM_HOLDS, "seed 5        holds    \n" },
        { { SIM_HOLDS, SIM_UNDECIDED, SIM_HOLDS },
          SIM_UNDECIDED,
          "seed 5        undecided  b: B\n" },
        { { SIM_UNDECIDED, SIM_BROKEN, SIM_BROKEN },
          SIM_BROKEN,
          "seed 5        VIOLATED   b: B\n" },
        { { SIM_BROKEN, SIM_UNDECIDED, SIM_HOLDS }, SIM_BROKEN, "seed 5        VIOLATED   a: A\n" },
        { { SIM_HOLDS, SIM_UNDECIDED, SIM_BROKEN }, SIM_BROKEN, "seed 5        VIOLATED   c: C\n" },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct report_verdict some[] = {
            { "a", "a: {}", { .status = rows[i].given[0], .text = "A" }, NULL, NULL },
            { "b", "b: {}", { .status = rows[i].given[1], .text = "B" }, NULL, NULL },
            { "c", "c: {}", { .status = rows[i].given[2], .text = "C" }, NULL, NULL }
        };
        struct report report = { .seed = 5, .verdicts = some, .verdict_count = 3 };
        char *line;

        ck_assert_int_eq(report_status(&report), rows[i].worst);
        line = rendered(&report, LINE);
        ck_assert_str_eq(line, rows[i].line);
        free(line);
    }
}
END_TEST

START_TEST(json_onto_a_full_disk)
{
    struct bench bench;
    struct report report;
    FILE *file = fopen("/dev/full", "w");

    if (file == NULL)
        return;
    make_run(&bench);
    report = report_of(&bench);
    ck_assert_str_eq(report_print_json(&report, file), "No space left on device");
    fclose(file);
    bench_finish(&bench);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("report");
    TCase *golden = tcase_create("golden"), *rest = tcase_create("rest");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(golden, as_text);
    tcase_add_test(golden, as_json);
    suite_add_tcase(suite, golden);
    tcase_add_test(rest, colour_and_width);
    tcase_add_test(rest, nothing_happened);
    tcase_add_test(rest, long_names_and_many_windows);
    tcase_add_test(rest, what_others_wrote);
    tcase_add_test(rest, words_of_a_shell);
    tcase_add_test(rest, worst_verdict);
    tcase_add_test(rest, json_onto_a_full_disk);
    suite_add_tcase(suite, rest);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
