/* commands.c: the table of every command. A new one is a file of its own and a row here; --help has their order. */
#include "cmd/command.h"
#include "cmd/commands.h"

const struct command *const commands[] = {
    &command_train,
    &command_check,
    &command_show,
    &command_eval,
    &command_embed,
    &command_plot,
    &command_project,
    &command_predict,
    &command_sweep,
    &command_compare,
    &command_report,
    &command_verify,
    &command_reproduce,
    &command_data,
    &command_list,
    &command_gradcheck,
    &command_bench,
    &command_completion,
    &command_help,
    NULL,
};
