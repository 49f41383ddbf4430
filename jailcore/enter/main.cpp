#include "jailcore/contract/enter.hpp"

int main(int argc, char** argv) {
    return jailcore::enter_main(argc, argv);
}
