/* Every file of tests/bad/ is wrong, and says at its top how: a line `# expect: LINE KIND TEXT` for
 * each error that the loader has to report, no more and no fewer. TEXT is a part of the message. */
#define _POSIX_C_SOURCE 200809L

#include "models/models.h"
#include "sim/check/checker.h"
#include "sim/scenario/scenario.h"

#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILES_MAX = 1000, ERRORS_MAX = 20, CHECKERS_MAX = 100, TEXT_MAX = 400 };

struct wrong {
    unsigned line;
    char kind[16];
    char text[TEXT_MAX];
    bool found;
};

static char folder[4096];
static char *files[FILES_MAX];
static int file_count;

static int compare(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_files(void)
{
    const char *root = getenv("ORRERY_ROOT");
    struct dirent *entry;
    DIR *directory;

    snprintf(folder, sizeof(folder), "%s/tests/bad", root == NULL ? "." : root);
    directory = opendir(folder);
    if (directory == NULL)
        return;
    while ((entry = readdir(directory)) != NULL && file_count < FILES_MAX) {
        const char *dot = strrchr(entry->d_name, '.');

        if (dot != NULL && strcmp(dot, ".yaml") == 0)
            files[file_count++] = strdup(entry->d_name);
    }
    closedir(directory);
    qsort(files, (size_t)file_count, sizeof(files[0]), compare);
}

static size_t read_expected(const char *path, struct wrong expected[ERRORS_MAX])
{
    FILE *file = fopen(path, "r");
    char line[1000];
    size_t count = 0;

    ck_assert_msg(file != NULL, "cannot read %s", path);
    while (count < ERRORS_MAX && fgets(line, sizeof(line), file) != NULL) {
        struct wrong *wrong = &expected[count];
        int start = 0;

        if (sscanf(line, "# expect: %u %15s%n", &wrong->line, wrong->kind, &start) < 2)
            break;
        start += (int)strspn(line + start, " ");
        line[strcspn(line, "\n")] = '\0';
        snprintf(wrong->text, sizeof(wrong->text), "%s", line + start);
        count++;
    }
    fclose(file);
    ck_assert_msg(count > 0, "%s does not say what is wrong with it", path);
    return count;
}

/* One line of sim_diagnostics_print_json is one diagnostic. */
static bool read_actual(const char *line, struct wrong *actual)
{
    const char *kind = strstr(line, "\"kind\":\""), *number = strstr(line, "\"line\":");
    const char *message = strstr(line, "\"message\":\"");

    if (kind == NULL || message == NULL)
        return false;
    memset(actual, 0, sizeof(*actual));
    sscanf(kind + strlen("\"kind\":\""), "%15[a-z]", actual->kind);
    if (number != NULL)
        sscanf(number, "\"line\":%u", &actual->line);
    snprintf(actual->text, sizeof(actual->text), "%s", message + strlen("\"message\":\""));
    return true;
}

static bool is_expected(const struct wrong *actual, struct wrong *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!expected[i].found && expected[i].line == actual->line &&
            strcmp(expected[i].kind, actual->kind) == 0 &&
            strstr(actual->text, expected[i].text) != NULL) {
            expected[i].found = true;
            return true;
        }
    return false;
}

static void compare_errors(const char *name, char *json, struct wrong *expected, size_t count)
{
    for (char *line = strtok(json, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        struct wrong actual;

        ck_assert_msg(!read_actual(line, &actual) || is_expected(&actual, expected, count),
                      "%s: not expected: %s", name, line);
    }
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(expected[i].found, "%s:%u: no error of kind %s: %s", name, expected[i].line,
                      expected[i].kind, expected[i].text);
}

START_TEST(test_file)
{
    const struct sim_described *checkers[CHECKERS_MAX] = { NULL };
    struct sim_catalogue catalogue = { sim_models(), checkers, sim_filters() };
    struct sim_document_options options = { .every_variant = true };
    struct sim_diagnostics *diagnostics = sim_diagnostics_create();
    struct wrong expected[ERRORS_MAX] = { 0 };
    struct sim_scenario *scenario;
    char path[8192], *json = NULL;
    size_t count, length;
    FILE *out;

    for (size_t i = 0; sim_checkers()[i] != NULL; i++)
        checkers[i] = &sim_checkers()[i]->about;
    snprintf(path, sizeof(path), "%s/%s", folder, files[_i]);
    count = read_expected(path, expected);
    options.path = path;
    scenario = sim_scenario_load(&catalogue, &options, diagnostics);
    ck_assert_msg(scenario == NULL, "%s is taken", files[_i]);
    out = open_memstream(&json, &length);
    sim_diagnostics_print_json(diagnostics, out);
    fclose(out);
    ck_assert_uint_eq(sim_diagnostics_errors(diagnostics), count);
    compare_errors(files[_i], json, expected, count);
    free(json);
    sim_diagnostics_destroy(diagnostics);
}
END_TEST

START_TEST(test_there_are_files)
{
    ck_assert_int_ge(file_count, 60);
    ck_assert_int_lt(file_count, FILES_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bad scenarios");
    TCase *tcase = tcase_create("files");
    SRunner *runner;
    int failed;

    list_files();
    tcase_add_test(tcase, test_there_are_files);
    tcase_add_loop_test(tcase, test_file, 0, file_count);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    for (int i = 0; i < file_count; i++)
        free(files[i]);
    return failed == 0 ? 0 : 1;
}
