#include "tools/orrery/expected.h"

#include "sim/core/mem.h"
#include "tools/orrery/command.h"

#include <string.h>

enum { NAMES_MAX = 64 };

/* The checker of a history alone that is called NAME; NULL, and an error is printed. */
static const struct sim_checker *find(const char *name)
{
    const struct sim_checker *const *checkers = sim_checkers();
    const char *names[NAMES_MAX] = { NULL }, *near;
    size_t count = 0;

    for (; *checkers != NULL; checkers++) {
        if ((*checkers)->judge_history != NULL && count + 1 < NAMES_MAX)
            names[count++] = (*checkers)->about.name;
        if (strcmp((*checkers)->about.name, name) != 0)
            continue;
        if ((*checkers)->judge_history != NULL)
            return *checkers;
        usage_error("--expect: %s judges a run, not a history alone", name);
        return NULL;
    }
    near = sim_nearest(name, names);
    if (near != NULL)
        usage_error("--expect: no checker '%s'; did you mean '%s'?", name, near);
    else
        usage_error("--expect: no checker '%s'; 'orrery checkers' lists them", name);
    return NULL;
}

/* Sets KEY=VALUE,KEY=VALUE, which is written over. */
static bool set_all(const struct expected *one, char *words)
{
    char text[SIM_CHECK_TEXT], *next, *value;

    for (; words != NULL; words = next) {
        next = strchr(words, ',');
        if (next != NULL)
            *next++ = '\0';
        value = strchr(words, '=');
        if (value == NULL) {
            usage_error("--expect: '%s' is no KEY=VALUE", words);
            return false;
        }
        *value++ = '\0';
        if (strcmp(words, "initial") == 0 || strcmp(words, "failed_cas") == 0) {
            usage_error("--expect: of a file, --initial and --failed-cas say '%s'", words);
            return false;
        }
        if (!sim_checker_set(one->checker, one->params, words, value, text)) {
            usage_error("--expect: %s", text);
            return false;
        }
    }
    return true;
}

int expected_add(struct expectations *expectations, const char *words)
{
    char *copy = sim_copy_text(words), *rest = strchr(copy, ':'), text[SIM_CHECK_TEXT];
    const char *wrong;
    struct expected one = { 0 };
    bool right;

    if (rest != NULL)
        *rest++ = '\0';
    one.checker = find(copy);
    right = one.checker != NULL;
    if (right) {
        one.params = sim_checker_defaults(one.checker, SIM_NO_GROUP, text);
        right = one.params != NULL;
        if (!right)
            usage_error("--expect: %s: %s", copy, text);
    }
    right = right && set_all(&one, rest);
    if (right && one.checker->about.check != NULL) {
        wrong = one.checker->about.check(one.params, NULL, text);
        right = wrong == NULL;
        if (!right)
            usage_error("--expect: %s: %s%s%s", copy, wrong, wrong[0] != '\0' ? ": " : "", text);
    }
    sim_free(copy);
    if (!right) {
        sim_free(one.params);
        return EXIT_USAGE;
    }
    if (expectations->count == expectations->capacity)
        expectations->all = sim_grow(expectations->all, &expectations->capacity,
                                     expectations->count + 1, sizeof(*expectations->all));
    expectations->all[expectations->count++] = one;
    return -1;
}

void expected_finish(struct expectations *expectations)
{
    for (size_t i = 0; i < expectations->count; i++)
        sim_free(expectations->all[i].params);
    sim_free(expectations->all);
}
