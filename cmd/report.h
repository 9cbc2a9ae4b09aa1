/* report.h: the report and the charts that a run leaves beside its files. */
#ifndef CMD_REPORT_H
#define CMD_REPORT_H

#define REPORT_FILE "report.html"

/* Write the report, and the charts, of a run that has ended into its folder. What goes wrong is a warning on
 * stderr: the run is fine. */
void report_run(const char *dir);
void report_charts(const char *dir);
/* Writes those of them anew that are there. */
void report_renew(const char *dir);

#endif
