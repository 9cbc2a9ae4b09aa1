#include "lib/data/levels.h"

void mt_levels(const float count[256], int top, float table[256])
{
    double cdf[256], sum = 0, least = 0;
    for (int v = 0; v < 256; v++) {
        sum += (double)count[v];
        cdf[v] = sum;
        if (least == 0)
            least = sum;
    }
    for (int v = 0; v < 256; v++)
        table[v] = cdf[v] < least ? 0
                   : sum > least  ? (float)((double)top * (cdf[v] - least) / (sum - least))
                                  : (float)v;
}
