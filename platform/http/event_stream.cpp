#include "http/event_stream.hpp"

#include <stdexcept>

#include "http/channel.hpp"

namespace civitas::http {

namespace {

// A client has nothing to say on an event stream; what a proxy or a hasty client sends is read and dropped.
constexpr std::size_t most_input = 16 * 1024;

class EventChannel final : public Channel {
 public:
  EventChannel(EventStreamCallback opened, EventStreamCallback closed)
      : Channel(Kind::events),
        opened_(std::move(opened)),
        closed_(std::move(closed)),
        stream_(std::make_shared<EventStream>(outlet())) {}

  void opened() override {
    if (opened_) opened_(stream_);
  }
  void closed() override {
    if (closed_) closed_(stream_);
  }
  bool listens_always() const override { return true; }
  Input received(std::string_view bytes) override {
    input_ += bytes.size();
    return {input_ > most_input ? Input::Next::lost : Input::Next::more, bytes.size(), {}};
  }
  bool beat() override {
    if (outlet()->waiting() == 0) outlet()->push(":\n\n");
    return true;
  }
  void going_away() override { outlet()->close(); }

 private:
  const EventStreamCallback opened_, closed_;
  const std::shared_ptr<EventStream> stream_;
  std::size_t input_ = 0;
};

void require_one_line(std::string_view text, const char* what) {
  if (text.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos) throw std::invalid_argument(what);
}

// Each line of `text` behind `field`: a line may end in CR, LF or both.
void append_lines(std::string& out, std::string_view field, std::string_view text) {
  while (true) {
    const auto end = text.find_first_of("\r\n");
    out.append(field).append(text.substr(0, end)).append("\n");
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + (text.substr(end, 2) == "\r\n" ? 2 : 1));
  }
}

}  // namespace

void append_event(std::string& out, std::string_view event, std::string_view data, std::string_view id) {
  require_one_line(event, "an event's name is one line");
  require_one_line(id, "an event's id is one line");
  if (!event.empty()) out.append("event: ").append(event).append("\n");
  if (!id.empty()) out.append("id: ").append(id).append("\n");
  append_lines(out, "data: ", data);
  out += '\n';
}

bool EventStream::send(std::string_view event, std::string_view data, std::string_view id) {
  std::string bytes;
  bytes.reserve(event.size() + data.size() + id.size() + 32);
  append_event(bytes, event, data, id);
  return outlet_->push(bytes);
}

bool EventStream::send_written(std::string_view events) { return outlet_->push(events); }

bool EventStream::comment(std::string_view text) {
  std::string bytes;
  append_lines(bytes, ": ", text);
  return outlet_->push(bytes, "\n");
}

void EventStream::close() { outlet_->close(); }
bool EventStream::open() const { return outlet_->open(); }
std::size_t EventStream::waiting() const { return outlet_->waiting(); }

Response event_stream_response(EventStreamCallback opened, EventStreamCallback closed) {
  Response response;
  response.headers = {
      {"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}, {"X-Accel-Buffering", "no"}};
  response.channel = std::make_shared<EventChannel>(std::move(opened), std::move(closed));
  return response;
}

}  // namespace civitas::http
