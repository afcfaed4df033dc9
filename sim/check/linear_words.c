/* linear_words.c - a contradiction, told: who did what, when, and why these cannot stand together.
 */
#include "sim/check/linear_private.h"
#include "sim/core/time.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ITEMS_SHOWN = 6, VALUE_TEXT = 24 };

static void say(char text[SIM_LINEAR_TEXT], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(char text[SIM_LINEAR_TEXT], const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text + length, SIM_LINEAR_TEXT - length, format, arguments);
    va_end(arguments);
}

static const char *value_text(char text[VALUE_TEXT], int64_t value)
{
    if (value == SIM_NIL)
        return "nothing";
    snprintf(text, VALUE_TEXT, "%" PRId64, value);
    return text;
}

/* The first and the last of many. */
static void say_items(char text[SIM_LINEAR_TEXT], const struct sim_linear_operation *operation)
{
    uint32_t count = operation->item_count;

    say(text, "[");
    for (uint32_t i = 0; i < count; i++) {
        if (count > ITEMS_SHOWN && i == ITEMS_SHOWN / 2) {
            say(text, ", ...");
            i = count - ITEMS_SHOWN / 2;
        }
        say(text, "%s%" PRId64, i == 0 ? "" : ", ", operation->items[i]);
    }
    say(text, "]");
    if (count > ITEMS_SHOWN)
        say(text, " (%" PRIu32 " elements)", count);
}

static void say_deed(char text[SIM_LINEAR_TEXT], const struct sim_linear_operation *operation)
{
    char a[VALUE_TEXT], b[VALUE_TEXT];
    const char *argument = value_text(a, operation->argument);

    switch (operation->kind) {
    case SIM_LINEAR_READ:
        say(text, "read ");
        if (!operation->answered)
            say(text, "what is not known");
        else if (operation->items != NULL)
            say_items(text, operation);
        else
            say(text, "%s", value_text(b, operation->value));
        break;
    case SIM_LINEAR_WRITE:
        say(text, "wrote %s", argument);
        break;
    case SIM_LINEAR_CAS:
        say(text, "swapped %s for %s", argument, value_text(b, operation->second));
        break;
    case SIM_LINEAR_CAS_NOT:
        say(text, "did not find %s", argument);
        break;
    case SIM_LINEAR_ADD:
        say(text, "added %s", argument);
        if (sim_linear_tells(operation))
            say(text, " to give %s", value_text(b, operation->value));
        break;
    case SIM_LINEAR_APPEND:
        say(text, "appended %s", argument);
        break;
    case SIM_LINEAR_INSERT:
        say(text, "inserted %s", argument);
        break;
    case SIM_LINEAR_DELETE:
        say(text, "deleted");
        break;
    case SIM_LINEAR_ACQUIRE:
        say(text, "acquired");
        break;
    default:
        say(text, "released");
    }
}

void sim_linear_say(char text[SIM_LINEAR_TEXT], const struct sim_linear_options *options,
                    const struct sim_linear_operation *operation)
{
    char from[SIM_TIME_TEXT], to[SIM_TIME_TEXT], name[SIM_LINEAR_NAME];

    if (options->name != NULL)
        say(text, "%s ", options->name(options->context, operation->process, name));
    else
        say(text, "process %" PRIu32 " ", operation->process);
    say_deed(text, operation);
    sim_time_text(from, operation->time_invoked);
    if (operation->returned == SIM_LINEAR_OPEN)
        say(text, " (from %s, outcome unknown)", from);
    else
        say(text, " (%s..%s)", from, sim_time_text(to, operation->time_returned));
}

void sim_linear_words(const struct sim_linear_case *one, enum sim_linear_status status,
                      char text[SIM_LINEAR_TEXT])
{
    text[0] = '\0';
    if (status == SIM_LINEAR_YES || one->count == 0)
        return;
    say(text, "key %" PRId64 ": ", sim_linear_member(one, 0)->key);
    if (status == SIM_LINEAR_UNDECIDED) {
        say(text, "%s after %" PRIu64 " steps over %zu operations", one->reason, one->steps,
            one->count);
        return;
    }
    /* why, first: it is what must not be cut off */
    say(text, "%s: ", one->reason);
    for (uint32_t i = 0; i < one->culprit_count; i++) {
        say(text, "%s", i == 0 ? "" : "; ");
        sim_linear_say(text, one->options, &one->operations[one->culprits[i]]);
    }
    if (one->more_culprits)
        say(text, "; and more");
}
