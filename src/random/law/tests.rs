//! Every law against closed forms, against itself and against the Kolmogorov-Smirnov test.
