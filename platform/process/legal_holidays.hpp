// The holidays of all citizens as 《全国年节及纪念日放假办法》 (Regulation on Public Holidays for Annual Festivals and
// Memorial Days, State Council Decree 795, in force from 2025-01-01) gives them for every year: thirteen days. They hold
// as long as no notice of the State Council has arranged a year; make-up workdays come only from a notice, so there are
// none here.
//
// Lunar days (Spring Festival, Dragon Boat, Mid-Autumn) are those of ICU's Chinese calendar, in China's time, but for two
// years in which the almanac has another day. Qingming is
// counted as the almanacs do it, since ICU does not tell solar terms: see qingming().
//
// Article 6: a holiday of all citizens that falls on Saturday or Sunday is made up for on a working day. The notices have
// always done so with the first days after the festival that are worked, and have given a day more where two festivals
// meet; the same is done here. So a year has as many working days as under a notice, which moves days but adds none.
#pragma once

#include <vector>

#include "base/problem.hpp"
#include "base/time.hpp"

namespace civitas::process {

struct Holiday {
  Text name;
  Date from;
  Date to;  // the last day
};

/// In order of date; days made up for are entries of their own. For years of the Gregorian calendar from 1900 on.
std::vector<Holiday> legal_holidays(int year);

/// 清明: the day on which the sun reaches 15° of longitude, in China. The almanac's mean rule, day = [0.2422·n + 4.81] -
/// leap days since 2000 with n years since 2000, agrees with the Purple Mountain Observatory's almanacs for this century.
Date qingming(int year);

}  // namespace civitas::process
