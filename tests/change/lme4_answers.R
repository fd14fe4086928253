# Asks lme4 about every case in a table made by simulated_clinics.write_table and writes one line of answers a case.
# Usage: Rscript lme4_answers.R table.csv answers.csv
# The answer is the best of lme4's default and of several starts with a tight tolerance.
suppressMessages(library(lme4))
arguments <- commandArgs(trailingOnly = TRUE)
all <- read.csv(arguments[1], stringsAsFactors = FALSE)
tight <- function(formula, data, start = NULL) {
  control <- lmerControl(optimizer = "bobyqa", calc.derivs = FALSE, optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
  suppressWarnings(suppressMessages(lmer(formula, data, start = start, control = control)))
}
digits <- function(x) paste(sprintf("%.10g", x), collapse = " ")
out <- file(arguments[2], "w")
cat("case,default,criterion,singular,fixed,se,variance,effects,conditional\n", file = out)
for (name in unique(all$case)) {
  d <- all[all$case == name, ]
  d$post <- as.numeric(d$visit >= d$baselines)
  d$patient <- factor(d$patient, levels = unique(d$patient))
  formula <- as.formula(d$formula[1])
  default <- suppressWarnings(suppressMessages(lmer(formula, d)))
  size <- length(getME(default, "theta"))
  starts <- list(NULL, c(.2, 0, 2, 1)[seq_len(size)], c(2, -.5, .3, .2)[seq_len(size)])
  fits <- c(default, lapply(starts, function(start) tight(formula, d, start)))
  best <- fits[[which.min(sapply(fits, REMLcrit))]]
  own <- ranef(best, condVar = TRUE)$patient
  conditional <- attr(own, "postVar")
  last <- dim(conditional)[1]
  brief <- startsWith(name, "clinic")
  cat(name, ",", sprintf("%.12f,%.12f,", REMLcrit(default), REMLcrit(best)), as.integer(isSingular(best)), ",",
      digits(fixef(best)), ",", digits(sqrt(diag(as.matrix(vcov(best))))), ",",
      digits(as.data.frame(VarCorr(best))$vcov), ",", if (brief) "" else digits(own[, ncol(own)]), ",",
      if (brief) "" else digits(conditional[last, last, ]), "\n", sep = "", file = out)
}
close(out)
