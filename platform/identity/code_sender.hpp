// How a code reaches a telephone. The room that sends messages implements it; sign-in knows no operator.
#pragma once

#include <string>

#include "base/problem.hpp"
#include "base/result.hpp"
#include "sql/connection.hpp"

namespace civitas::identity {

struct CodeMessage {
  std::string phone;  // 11 digits
  std::string code;   // what the person types; a secret until it expires
  int minutes = 0;    // how long it can be used
  Text sentence;      // the whole message, with the code in it
};

class CodeSender {
 public:
  virtual ~CodeSender() = default;
  /// Called inside the writer's transaction that keeps the code: a sender writes down what is to be sent there and
  /// sends after the commit. It must not wait for the network here.
  virtual Status send(sql::Transaction& t, const CodeMessage& message) = 0;
};

}  // namespace civitas::identity
