/* listing.c - tables of fields, for a person and as JSON. */
#include "tools/orrery/listing.h"

#include <stdio.h>
#include <string.h>

static const char *const type_names[] = {
    [SIM_FIELD_DURATION] = "duration",
    [SIM_FIELD_INTEGER] = "integer",
    [SIM_FIELD_NUMBER] = "number",
    [SIM_FIELD_BOOLEAN] = "true or false",
    [SIM_FIELD_CHOICE] = "choice",
    [SIM_FIELD_PROBABILITY] = "probability",
    [SIM_FIELD_SHARE] = "share",
    [SIM_FIELD_RATE] = "rate",
    [SIM_FIELD_SIZE] = "size",
    [SIM_FIELD_BANDWIDTH] = "bandwidth",
    [SIM_FIELD_DISTRIBUTION] = "distribution",
    [SIM_FIELD_POPULARITY] = "popularity",
    [SIM_FIELD_PPM] = "ppm",
    [SIM_FIELD_TEXT] = "text",
    [SIM_FIELD_OBJECT] = "mapping",
    [SIM_FIELD_MIX] = "shares",
    [SIM_FIELD_OPERATIONS] = "operations",
    [SIM_FIELD_LIST] = "list",
    [SIM_FIELD_GROUP] = "group",
    [SIM_FIELD_LABEL] = "label",
    [SIM_FIELD_WORD] = "word",
    [SIM_FIELD_FLAG] = "flag",
};

void list_wrapped(const char *text, int indent)
{
    int column = indent;

    while (*text) {
        int length = (int)strcspn(text, " ");

        if (column > indent && column + 1 + length > 79) {
            printf("\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            putchar(' ');
            column++;
        }
        printf("%.*s", length, text);
        column += length;
        text += length;
        text += strspn(text, " ");
    }
    putchar('\n');
}

void list_fields(const struct sim_field *field, int indent)
{
    for (; field && field->name; field++) {
        int used = printf("%*s%-*s ", indent, "", 22 - indent, field->name);

        if (field->type == SIM_FIELD_OBJECT || field->type == SIM_FIELD_LIST) {
            list_wrapped(field->help, used);
            if (field->type == SIM_FIELD_LIST)
                printf("%*s%s%s%s\n", used, "", field->standard ? "optional" : "required",
                       sim_field_has_bare_items(field) ? "; an item may be written as just its "
                                                       : "",
                       sim_field_has_bare_items(field) ? field->fields[0].name : "");
            list_fields(field->fields, indent + 2);
            continue;
        }
        printf("%-13s ", type_names[field->type]);
        list_wrapped(field->help, used + 14);
        printf("%*s", used + 14, "");
        if (field->choices) {
            printf("one of");
            for (size_t i = 0; field->choices[i]; i++)
                printf(" %s", field->choices[i]);
            printf("; ");
        }
        if (!field->standard)
            printf("required\n");
        else
            printf("%s%s%s%s%s%s\n", *field->standard ? "default " : "optional", field->standard,
                   field->least ? ", from " : "", field->least ? field->least : "",
                   field->most ? " to " : "", field->most ? field->most : "");
    }
}

void list_json_pair(struct sim_output *out, const char *key, const char *value)
{
    sim_output_text(out, ",\"");
    sim_output_text(out, key);
    sim_output_text(out, "\":");
    if (value)
        sim_output_string(out, value);
    else
        sim_output_text(out, "null");
}

void list_json_fields(struct sim_output *out, const struct sim_field *field)
{
    sim_output_text(out, "[");
    for (bool first = true; field && field->name; field++, first = false) {
        sim_output_text(out, first ? "{\"name\":" : ",{\"name\":");
        sim_output_string(out, field->name);
        list_json_pair(out, "type", type_names[field->type]);
        list_json_pair(out, "help", field->help);
        list_json_pair(out, "default", field->standard);
        list_json_pair(out, "least", field->least);
        list_json_pair(out, "most", field->most);
        if (field->choices) {
            sim_output_text(out, ",\"choices\":[");
            for (size_t i = 0; field->choices[i]; i++) {
                sim_output_text(out, i == 0 ? "" : ",");
                sim_output_string(out, field->choices[i]);
            }
            sim_output_text(out, "]");
        }
        if (field->fields) {
            sim_output_text(out, ",\"fields\":");
            list_json_fields(out, field->fields);
        }
        sim_output_text(out, "}");
    }
    sim_output_text(out, "]");
}
