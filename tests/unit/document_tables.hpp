// The tables of docs/protocol.md.
#pragma once

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace document_test {

using Row = std::vector<std::string>;

inline std::string trimmed(const std::string& text) {
    auto first = text.find_first_not_of(' ');
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

// All tables of the document, by the text of their header's first two columns.
inline std::map<std::string, std::vector<std::vector<Row>>> tables() {
    std::ifstream file(std::string(JC_SOURCE_DIR) + "/docs/protocol.md");
    std::map<std::string, std::vector<std::vector<Row>>> result;
    std::vector<Row> table;
    auto finish = [&] {
        if (table.size() > 2)
            result[table[0][0] + "," + table[0][1]].emplace_back(table.begin() + 2, table.end());
        table.clear();
    };
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("|")) {
            finish();
            continue;
        }
        Row row;
        std::istringstream cells(line.substr(1));
        for (std::string cell; std::getline(cells, cell, '|');)
            row.push_back(trimmed(cell));
        table.push_back(row);
    }
    finish();
    return result;
}

} // namespace document_test
