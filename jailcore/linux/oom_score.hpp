// Whom the kernel takes last when memory is short (oom_score_adj, proc(5)).
#pragma once

namespace jailcore {

inline constexpr int oom_never = -1000;
inline constexpr int oom_late = -500;
inline constexpr int oom_normal = 0;

// Of the process whose directory of proc is `process`. To go below what it was needs CAP_SYS_RESOURCE:
// without that it stays as it is.
void set_oom_score(int process, int score);

// What another is to have for `process` to be taken later than that, even one that has no memory yet: normal,
// or more where the score of `process` could not be lowered. Throws StepError.
int oom_score_before(int process);

} // namespace jailcore
