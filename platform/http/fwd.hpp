#pragma once

namespace civitas::http {

class Headers;
struct Request;
struct Response;
class Reply;
class Router;
class Server;

}  // namespace civitas::http
