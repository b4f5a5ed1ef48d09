#include "base/metrics.hpp"

#include <algorithm>

#include "base/json.hpp"

namespace civitas {

namespace {
std::string number(double value) {
  std::string out;
  append_json_number(out, value);
  return out;
}
std::string braces(const std::string& labels) { return labels.empty() ? "" : "{" + labels + "}"; }
}  // namespace

void Histogram::observe(double seconds) {
  const auto at = std::lower_bound(bounds.begin(), bounds.end(), seconds) - bounds.begin();
  buckets_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  sum_micros_.fetch_add(static_cast<std::uint64_t>(seconds * 1e6), std::memory_order_relaxed);
}

void Histogram::print(std::string& out, const std::string& name, const std::string& labels) const {
  const std::string comma = labels.empty() ? "" : labels + ",";
  std::uint64_t total = 0;
  for (std::size_t i = 0; i < buckets_.size(); ++i) {
    total += buckets_[i].load(std::memory_order_relaxed);
    const std::string bound = i < bounds.size() ? number(bounds[i]) : "+Inf";
    out += name + "_bucket{" + comma + "le=\"" + bound + "\"} " + std::to_string(total) + "\n";
  }
  out += name + "_sum" + braces(labels) + " " + number(static_cast<double>(sum_micros_.load()) / 1e6) + "\n";
  out += name + "_count" + braces(labels) + " " + std::to_string(total) + "\n";
}

Counter& Metrics::counter(std::string name, std::string help, std::string labels) {
  const std::lock_guard lock(mutex_);
  for (auto& e : entries_)
    if (e->counter && e->name == name && e->labels == labels) return *e->counter;
  entries_.push_back(std::make_unique<Entry>(std::move(name), std::move(help), std::move(labels),
                                             std::make_unique<Counter>(), nullptr, nullptr));
  return *entries_.back()->counter;
}

Histogram& Metrics::histogram(std::string name, std::string help, std::string labels) {
  const std::lock_guard lock(mutex_);
  for (auto& e : entries_)
    if (e->histogram && e->name == name && e->labels == labels) return *e->histogram;
  entries_.push_back(std::make_unique<Entry>(std::move(name), std::move(help), std::move(labels), nullptr,
                                             std::make_unique<Histogram>(), nullptr));
  return *entries_.back()->histogram;
}

void Metrics::gauge(std::string name, std::string help, std::function<double()> read) {
  const std::lock_guard lock(mutex_);
  entries_.push_back(std::make_unique<Entry>(std::move(name), std::move(help), "", nullptr, nullptr, std::move(read)));
}

std::string Metrics::print() const {
  const std::lock_guard lock(mutex_);
  std::vector<const Entry*> sorted;
  for (const auto& e : entries_) sorted.push_back(e.get());
  std::stable_sort(sorted.begin(), sorted.end(), [](const Entry* a, const Entry* b) { return a->name < b->name; });
  std::string out, last;
  for (const Entry* e : sorted) {
    if (e->name != last) {
      out += "# HELP " + e->name + " " + e->help + "\n# TYPE " + e->name +
             (e->counter     ? " counter\n"
              : e->histogram ? " histogram\n"
                             : " gauge\n");
      last = e->name;
    }
    if (e->counter) out += e->name + braces(e->labels) + " " + std::to_string(e->counter->value()) + "\n";
    if (e->histogram) e->histogram->print(out, e->name, e->labels);
    if (e->gauge) out += e->name + " " + number(e->gauge()) + "\n";
  }
  return out;
}

}  // namespace civitas
