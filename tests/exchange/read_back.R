# Reads every table of a release as somebody in R would, and writes down what came of it: Rscript read_back.R FOLDER INTO
# A cell is "n" and its number to the last bit, "t" and its text, or "a" and what stands for its absence; NA is a plain
# gap. With haven the .sav and .dta files are read, and their labels written down as well.

given <- commandArgs(trailingOnly = TRUE)
folder <- given[1]
into <- given[2]

told <- function(rows, name) {
  file <- file(file.path(into, name), "wb")
  writeLines(vapply(rows, paste, "", collapse = "\x1f"), file, sep = "\x1e", useBytes = TRUE)
  close(file)
}

words <- function(x) enc2utf8(as.character(x))

cells <- function(x, is_absent = function(v) rep(FALSE, length(v)), tags = NULL) {
  if (is.factor(x) || is.character(x)) return(ifelse(is.na(x), "NA", paste0("t", words(x))))
  plain <- as.double(x)
  found <- ifelse(is.na(plain), "NA", paste0("n", sprintf("%a", plain)))
  absent <- is_absent(plain)
  found[absent] <- paste0("a", plain[absent])
  if (!is.null(tags)) found[!is.na(tags)] <- paste0("a.", tags[!is.na(tags)])
  found
}

table_of <- function(columns, name) {
  rows <- if (length(columns[[1]])) do.call(mapply, c(list(FUN = c, SIMPLIFY = FALSE, USE.NAMES = FALSE), columns))
  told(c(list(names(columns)), rows), name)
}

described <- function(x, name) {
  lines <- lapply(names(x), function(column) c("column", column, words(attr(x[[column]], "label", exact = TRUE))))
  for (column in names(x)) {
    labels <- attr(x[[column]], "labels", exact = TRUE)
    if (is.null(labels)) next
    tags <- if (is.double(labels)) haven::na_tag(labels) else rep(NA, length(labels))
    value <- ifelse(is.na(tags), format(unname(labels), trim = TRUE, scientific = FALSE), paste0(".", tags))
    lines <- c(lines, Map(function(v, l) c("label", column, v, l), value, words(names(labels))))
    range <- attr(x[[column]], "na_range", exact = TRUE)
    if (!is.null(range)) lines <- c(lines, list(c("missing", column, range)))
  }
  told(c(list(c("table", words(attr(x, "label", exact = TRUE)))), lines), name)
}

sav <- function(path, name) {
  x <- haven::read_sav(path, user_na = TRUE)
  columns <- lapply(x, function(column) {
    range <- attr(column, "na_range", exact = TRUE)
    absent <- function(v) if (is.null(range)) rep(FALSE, length(v)) else !is.na(v) & v >= range[1] & v <= range[2]
    cells(if (is.character(column)) column else unclass(column), absent)
  })
  table_of(columns, paste0(name, ".sav.cells"))
  described(x, paste0(name, ".sav.words"))
}

dta <- function(path, name) {
  x <- haven::read_dta(path)
  columns <- lapply(x, function(column) {
    if (is.character(column)) return(cells(column))
    cells(unclass(column), tags = haven::na_tag(column))
  })
  table_of(columns, paste0(name, ".dta.cells"))
  described(x, paste0(name, ".dta.words"))
}

each <- function(place, ending, read) {
  for (path in list.files(file.path(folder, "data", place), full.names = TRUE)) {
    read(path, sub(paste0("[.]", ending, "$"), "", basename(path)))
  }
}

setwd(folder)
source(file.path("scripts", "read.R"), encoding = "UTF-8")
for (name in names(release)) table_of(lapply(release[[name]], cells), paste0(name, ".csv.cells"))
each("spss", "sav", sav)
each("stata", "dta", dta)
