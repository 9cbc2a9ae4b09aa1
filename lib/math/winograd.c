#include "lib/math/winograd.h"

/* G g for three numbers, in double precision: rounded once, at the end. */
static void transform(int outputs, const double g[3], double u[6])
{
    if (outputs == 2) {
        const double even = (g[0] + g[2]) / 2, odd = g[1] / 2;
        u[0] = g[0];
        u[1] = even + odd;
        u[2] = even - odd;
        u[3] = g[2];
        return;
    }
    const double a2 = 9.0 / 16, b2 = 9.0 / 4; /* squares of the points 3/4 and 3/2 */
    const double ka = 1 / (2 * a2 * (a2 - b2)), kb = 1 / (2 * b2 * (b2 - a2));
    const double even_a = ka * (g[0] + a2 * g[2]), odd_a = ka * 0.75 * g[1];
    const double even_b = kb * (g[0] + b2 * g[2]), odd_b = kb * 1.5 * g[1];
    u[0] = g[0] / (a2 * b2);
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
}

void mt_winograd_weights(int outputs, const float *w, bool turned, float *u, size_t position)
{
    const int n = outputs + 2;
    double g[3], half[3][6], column[6];
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < 3; j++)
            g[j] = w[turned ? 8 - (3 * i + j) : 3 * i + j];
        transform(outputs, g, half[i]);
    }
    for (int j = 0; j < n; j++) {
        for (int i = 0; i < 3; i++)
            g[i] = half[i][j];
        transform(outputs, g, column);
        for (int i = 0; i < n; i++)
            u[(size_t)(i * n + j) * position] = (float)column[i];
    }
}
