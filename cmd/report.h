/* report.h: the report that a run leaves beside its files. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#define REPORT_FILE "report.html"

/* Writes the report of a run that has ended into its folder. What goes wrong is a warning on stderr: the run
 * is fine. */
void report_run(const char *dir);

#endif
