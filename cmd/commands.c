/* commands.c: the table of every command. A new one is a file of its own and a row here. */
#include "cmd/command.h"
#include "cmd/commands.h"

const struct command *const commands[] = {
    &command_train,
    &command_check,
    &command_show,
    &command_list,
    &command_bench,
    &command_data,
    &command_compare,
    &command_report,
    &command_reproduce,
    &command_completion,
    &command_embed,
    &command_eval,
    &command_gradcheck,
    &command_help,
    &command_plot,
    &command_predict,
    &command_project,
    &command_sweep,
    NULL,
};
