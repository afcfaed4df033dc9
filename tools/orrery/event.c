#include "tools/orrery/event.h"

#include "tools/orrery/shown.h"

#include <inttypes.h>
#include <string.h>

enum { TIME_COLUMNS = 14, NODE_COLUMNS = 10 };

/* -- a line of a trace ------------------------------------------------------------------------- */

/* Text of SIZE bytes that takes what fits. */
struct room {
    char *text;
    size_t size, used;
};

static void put(struct room *room, const char *bytes, size_t count)
{
    if (room->size == 0)
        return;
    if (count > room->size - 1 - room->used)
        count = room->size - 1 - room->used;
    memcpy(room->text + room->used, bytes, count);
    room->used += count;
    room->text[room->used] = '\0';
}

/* The string at *AT, without its quotes; escapes other than of quotes and strokes stay. */
static bool take_string(const char **at, struct room *room)
{
    const char *c = *at;

    if (*c++ != '"')
        return false;
    for (; *c != '"'; c++) {
        if ((unsigned char)*c < ' ')
            return false;
        if (*c == '\\' && (c[1] == '\0' || !strchr("\"\\/bfnrtu", c[1])))
            return false;
        if (*c == '\\' && (c[1] == '"' || c[1] == '\\'))
            c++;
        put(room, c, 1);
    }
    *at = c + 1;
    return true;
}

static bool take_number(const char **at, struct room *room)
{
    size_t sign = **at == '-', length = sign + strspn(*at + sign, "0123456789");

    put(room, *at, length);
    *at += length;
    return length > sign;
}

static bool take_scalar(const char **at, struct room *room)
{
    if (**at == '"')
        return take_string(at, room);
    if (strncmp(*at, "null", 4) == 0) {
        put(room, "-", 1);
        *at += 4;
        return true;
    }
    return take_number(at, room);
}

/* {"term":3,"index":7} as "term 3, index 7", behind what stands in ROOM. */
static bool take_object(const char **at, struct room *room)
{
    if (*(*at)++ != '{')
        return false;
    if (**at == '}') {
        ++*at;
        return true;
    }
    for (;;) {
        if (room->used > 0)
            put(room, ", ", 2);
        if (!take_string(at, room) || *(*at)++ != ':')
            return false;
        put(room, " ", 1);
        if (!take_scalar(at, room))
            return false;
        if (*(*at)++ == ',')
            continue;
        return (*at)[-1] == '}';
    }
}

static bool take_natural(const char **at, uint64_t *value)
{
    const char *start = *at;

    for (*value = 0; **at >= '0' && **at <= '9'; ++*at) {
        uint64_t digit = (uint64_t)(**at - '0');

        if (*value > (UINT64_MAX - digit) / 10)
            return false;
        *value = *value * 10 + digit;
    }
    return *at > start;
}

static bool take_member(struct event *event, const char *key, const char **at)
{
    struct room room = { NULL, 0, 0 };
    uint64_t natural;

    if (strcmp(key, "id") == 0)
        return take_natural(at, &event->id);
    if (strcmp(key, "cause") == 0)
        return take_natural(at, &event->cause);
    if (strcmp(key, "t") == 0) {
        if (!take_natural(at, &natural) || natural > INT64_MAX)
            return false;
        event->time = (sim_time)natural;
        return true;
    }
    if (strcmp(key, "body") == 0 || strcmp(key, "blob") == 0) {
        room = (struct room){ event->body, sizeof(event->body), strlen(event->body) };
        return take_object(at, &room);
    }
    if (**at == '{') /* a clock */
        return strcmp(key, "clock") == 0 && take_object(at, &room);
    if (strcmp(key, "kind") == 0)
        room = (struct room){ event->kind, sizeof(event->kind), 0 };
    else if (strcmp(key, "what") == 0)
        room = (struct room){ event->what, sizeof(event->what), 0 };
    else if (strcmp(key, "node") == 0)
        room = (struct room){ event->node, sizeof(event->node), 0 };
    else if (strcmp(key, "reason") == 0 || strcmp(key, "label") == 0 || strcmp(key, "text") == 0)
        room = (struct room){ event->reason, sizeof(event->reason), 0 };
    else if (strcmp(key, "from") == 0 || strcmp(key, "to") == 0 || strcmp(key, "peer") == 0)
        room = (struct room){ event->peer, sizeof(event->peer),
                              (size_t)snprintf(event->peer, sizeof(event->peer), "%s ",
                                               strcmp(key, "peer") == 0 ? "with" : key) };
    return take_scalar(at, &room);
}

bool event_parse(struct event *event, const char *line)
{
    char key[EVENT_NAME];

    *event = (struct event){ 0 };
    /* so begins every line: two traces are compared from the time on */
    if (strncmp(line, "{\"id\":", 6) != 0)
        return false;
    do {
        struct room room = { key, sizeof(key), 0 };

        line++;
        key[0] = '\0';
        if (!take_string(&line, &room) || *line++ != ':' || !take_member(event, key, &line))
            return false;
    } while (*line == ',');
    return *line == '}' && (line[1] == '\0' || strcmp(line + 1, "\n") == 0) &&
           event->kind[0] != '\0';
}

/* -- for people -------------------------------------------------------------------------------- */

void event_words(const struct event *event, char *text, size_t size)
{
    const char *const parts[] = { event->kind, event->what, event->peer };
    struct room room = { text, size, 0 };

    text[0] = '\0';
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (parts[i][0] == '\0')
            continue;
        if (room.used > 0)
            put(&room, " ", 1);
        put(&room, parts[i], strlen(parts[i]));
    }
    if (event->reason[0] != '\0') {
        put(&room, " (", 2);
        put(&room, event->reason, strlen(event->reason));
        put(&room, ")", 1);
    }
    if (event->body[0] != '\0') {
        put(&room, ": ", 2);
        put(&room, event->body, strlen(event->body));
    }
}

/* LEAD takes INDENT columns. */
static void print_behind(const struct event *event, const char *lead, size_t indent, FILE *file)
{
    char text[4 * EVENT_BODY], time[SIM_TIME_TEXT];
    size_t column = indent + TIME_COLUMNS + 2,
           width = shown_width(event->node, strlen(event->node));

    fprintf(file, "%*s%*s  ", (int)indent, lead, TIME_COLUMNS, sim_time_text(time, event->time));
    shown_print(file, event->node, strlen(event->node));
    fprintf(file, "%*s", width < NODE_COLUMNS ? (int)(NODE_COLUMNS - width) : 0, "");
    column += width < NODE_COLUMNS ? NODE_COLUMNS : width;
    event_words(event, text + 1, sizeof(text) - 1);
    text[0] = ' ';
    shown_wrap(file, text, column, indent + TIME_COLUMNS + 2 + NODE_COLUMNS + 1);
    fputc('\n', file);
}

void event_print(const struct event *event, size_t indent, FILE *file)
{
    print_behind(event, "", indent, file);
}

void event_print_numbered(const struct event *event, FILE *file)
{
    char number[24];

    print_behind(event, number, (size_t)snprintf(number, sizeof(number), "%8" PRIu64, event->id),
                 file);
}
